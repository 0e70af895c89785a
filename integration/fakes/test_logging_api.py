"""What jobs write is found as Google documents it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from fakes.clients import Library, pages
from fakes.discovery import read_api
from fakes.server import Google

JOB = "projects/p/locations/us-central1/customJobs/17"
START = datetime(2026, 1, 1, tzinfo=UTC)
OF_JOB = 'resource.type="ml_job" AND resource.labels.job_id="17"'


def asked(text: str = OF_JOB, **more: Any) -> dict[str, Any]:
    return {"resourceNames": ["projects/p"], "filter": text, **more}


def texts(answer: dict[str, Any]) -> list[str]:
    return [entry["textPayload"] for entry in answer.get("entries", [])]


@pytest.fixture
def entries(google: Google, library: Library) -> Any:
    """Cloud Logging, after one job has written five lines and another a line."""
    for number in range(5):
        google.logs.write(JOB, f"line {number}", at=START + timedelta(seconds=number))
    google.logs.write(JOB.replace("17", "18"), "of another", at=START)
    return library.log_entries()


def test_a_jobs_lines_come_in_order_page_after_page(entries: Any, google: Google) -> None:
    google.logs.write(JOB, "first", at=START - timedelta(seconds=1))

    shown = [
        text
        for page in _pages(entries, asked(orderBy="timestamp asc", pageSize=4))
        for text in texts(page)
    ]

    assert shown == ["first", *(f"line {number}" for number in range(5))]
    assert google.count("entries.list") == 2


def test_the_newest_come_first_if_they_are_asked_for(entries: Any) -> None:
    answer = entries.list(body=asked(orderBy="timestamp desc", pageSize=1)).execute()
    assert texts(answer) == ["line 4"]


def test_only_what_is_new_can_be_asked_for(entries: Any) -> None:
    since = "2026-01-01T00:00:02Z"
    answer = entries.list(body=asked(f'{OF_JOB} AND timestamp>="{since}"')).execute()
    assert texts(answer) == ["line 2", "line 3", "line 4"]
    last = answer["entries"][0]
    later = (
        f'{OF_JOB} AND (timestamp>"{since}" OR '
        f'(timestamp="{since}" AND insertId>"{last["insertId"]}"))'
    )
    assert texts(entries.list(body=asked(later)).execute()) == ["line 3", "line 4"]


def test_a_replica_and_a_payload_in_json_are_told_apart(entries: Any, google: Google) -> None:
    google.logs.write(JOB, "of the second", task="workerpool0-1", as_json=True)
    text = f'{OF_JOB} AND resource.labels.task_name="workerpool0-1"'
    [entry] = entries.list(body=asked(text)).execute()["entries"]
    assert entry["jsonPayload"] == {"message": "of the second"}
    schemas = read_api("logging", "v2").schemas
    assert schemas.complaints_about_answer("LogEntry", entry) == []


def test_another_project_has_written_nothing(entries: Any) -> None:
    assert entries.list(body=asked(resourceNames=["projects/q"])).execute() == {}


@pytest.mark.parametrize(
    "body",
    [
        {"filter": OF_JOB},
        asked(resourceNames=[]),
        asked(resourceNames=["p"]),
        asked(resource_names=["projects/p"]),
        asked(pageSize="5"),
        asked(pageSize=-1),
        asked(orderBy="time"),
        asked("resource.type=ml_job resource.labels.job_id=17"),
        asked('timestamp>"yesterday"'),
        asked('message="x"'),
    ],
)
def test_what_google_would_not_take_is_refused(entries: Any, body: dict[str, Any]) -> None:
    with pytest.raises(HttpError) as refused:
        entries.list(body=body).execute()
    assert refused.value.status_code == 400


def _pages(entries: Any, body: dict[str, Any]) -> list[dict[str, Any]]:
    return list(pages(entries, entries.list(body=body)))
