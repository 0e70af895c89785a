"""The fake on the wire, and what it remembers of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from fakes.clients import JOB, PARENT, Library
from fakes.server import Google, serve

JOBS = f"/v1/{PARENT}/customJobs"


def ask(google: Google, line: str, body: bytes | None) -> Any:
    """The error that any client gets, or the answer."""
    verb, target = line.split()
    request = Request(google.url + target, data=body, method=verb)  # noqa: S310 -- http
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 -- http
            return json.load(answer)
    except HTTPError as error:
        with error:
            return json.load(error)["error"]


@pytest.mark.parametrize(
    ("line", "body", "code", "words"),
    [
        (f"GET {JOBS}?page_size=5", None, 400, 'Unknown name "page_size"'),
        (f"GET {JOBS}?pageSize=five", None, 400, "pageSize"),
        (f"GET {JOBS}?pageSize=5&pageSize=6", None, 400, "twice"),
        (f"GET {JOBS}?pageSize=-1", None, 400, "negative"),
        (f"GET {JOBS}?fields=name", None, 501, "fake"),
        (f"GET {JOBS}", b"{}", 400, "no body"),
        (f"POST {JOBS}", b"{", 400, "can't be parsed"),
        (f"POST {JOBS}", b"[]", 400, "Invalid value"),
        (f"POST {JOBS}", None, 400, "Required"),
        (f"PATCH {JOBS}/1", b"{}", 404, "not found"),
        (f"GET {JOBS}/1", None, 404, "not found"),
        (f"GET {JOBS}/1/more", None, 404, "not found"),
        (f"GET /v1/{PARENT}/models", None, 501, "models.list"),
        ("GET /", None, 404, "not found"),
    ],
)
def test_a_request_that_google_does_not_know_is_refused_in_its_format(
    google: Google, line: str, body: bytes | None, code: int, words: str
) -> None:
    error = ask(google, line, body)
    assert error["code"] == code
    assert error["status"].isupper()
    assert words in error["message"]
    assert [asked.code for asked in google.asked] == [code]


def test_what_was_asked_can_be_read_afterwards(google: Google, jobs: Any) -> None:
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]
    jobs.list(parent=PARENT, filter="labels.job_name:*", pageSize=5).execute()
    jobs.get(name=name).execute()

    create, found, got = google.asked
    assert (create.method, create.body, create.code) == ("customJobs.create", JOB, 200)
    assert found.query == {"filter": "labels.job_name:*", "pageSize": "5", "alt": "json"}
    assert got.path["customJobsId"] == name.rpartition("/")[2]
    assert [asked.number for asked in google.asked] == [1, 2, 3]
    assert google.count("customJobs.create") == google.count("customJobs.get") == 1
    assert google.count("customJobs.cancel") == 0


def test_many_clients_at_once_each_get_their_own_job(google: Google) -> None:
    google.jobs.submissions.per_minute = None

    def create(_number: int) -> str:
        with Library(google) as library:
            jobs = library.custom_jobs()
            name: str = jobs.create(parent=PARENT, body=JOB).execute()["name"]
            return name

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(40)))

    assert len(set(created)) == 40
    assert sorted(created) == sorted(shown["name"] for shown in google.jobs.all())


def test_a_process_is_led_to_the_fake_by_gclouds_own_variables(google: Google) -> None:
    assert google.environment == {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": f"{google.url}/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{google.url}/compute/v1/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER": f"{google.url}/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"{google.url}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
    }


def test_two_fakes_know_nothing_of_each_other(google: Google) -> None:
    with serve() as other, Library(other) as library:
        library.custom_jobs().create(parent=PARENT, body=JOB).execute()
        assert other.url != google.url
    assert google.jobs.all() == []
    assert google.asked == []
