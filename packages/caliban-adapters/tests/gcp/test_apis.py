"""Google's own library, over our connections, against the stand-in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from caliban_adapters.gcp.apis import Apis, ask
from caliban_adapters.gcp.failures import Refused, Unclear
from fakes import misbehaviour
from fakes.clients import JOB, PARENT
from fakes.server import Google, serve


@pytest.fixture
def google() -> Iterator[Google]:
    with serve() as fake:
        yield fake


@pytest.fixture
def apis(google: Google) -> Iterator[Apis]:
    with Apis(google.environment, None) as opened:
        yield opened


def create(apis: Apis) -> str:
    vertex = apis.build("aiplatform", "v1", region="us-central1")
    jobs = vertex.projects().locations().customJobs()
    return str(ask(jobs.create(parent=PARENT, body=JOB), project="p")["name"])


def test_a_request_is_answered(apis: Apis, google: Google) -> None:
    assert [create(apis)] == [job["name"] for job in google.jobs.all()]


def test_many_threads_share_the_connections(apis: Apis, google: Google) -> None:
    with ThreadPoolExecutor(16) as threads:
        names = list(threads.map(lambda _: create(apis), range(50)))
    assert sorted(names) == sorted(job["name"] for job in google.jobs.all())


@pytest.mark.parametrize("fault", [misbehaviour.DROP_AFTER_EFFECT, misbehaviour.HALF_AN_ANSWER])
def test_a_request_whose_answer_is_lost_is_not_sent_again(
    fault: misbehaviour.Fault, apis: Apis, google: Google
) -> None:
    google.faults.on("customJobs.create", fault)
    with pytest.raises(Unclear, match=r"127\.0\.0\.1"):
        create(apis)
    assert len(google.jobs.all()) == 1


def test_a_refusal_is_raised_as_what_it_means(apis: Apis, google: Google) -> None:
    google.faults.on("customJobs.create", misbehaviour.API_NOT_ENABLED)
    with pytest.raises(Refused, match="not enabled in project p"):
        create(apis)


def test_a_key_gets_tokens_and_new_ones_when_they_have_expired(
    google: Google, tmp_path: Path
) -> None:
    google.tokens.required = True
    key = tmp_path / "key.json"
    key.write_text(google.service_account_key())
    variables = {**google.environment, "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": ""}
    with Apis(variables, key) as apis:
        create(apis)
        google.faults.on("customJobs.create", misbehaviour.EXPIRED_TOKEN)
        create(apis)
    assert len(google.jobs.all()) == 2


def test_whoever_is_not_logged_in_is_told_how(apis: Apis, google: Google) -> None:
    google.faults.on("customJobs.create", misbehaviour.EXPIRED_TOKEN)
    with pytest.raises(Refused, match="doesn't accept your login") as refused:
        create(apis)
    assert refused.value.hint
    assert refused.value.hint.startswith("gcloud auth application-default login")


def test_a_file_that_is_no_key_is_named(google: Google, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"type": "fortune_cookie"}')
    with (
        (
            Apis(
                google.environment | {"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": ""},
                tmp_path / "key.json",
            )
        ) as apis,
        pytest.raises(Refused, match=r"key\.json can't be used as a key"),
    ):
        create(apis)
