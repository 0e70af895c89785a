"""Whatever goes wrong, the client hears it, and the test knows what was carried out."""

import http.client
import json
from contextlib import closing
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import build_http

from fakes import misbehaviour
from fakes.clients import JOB, PARENT, Library, names
from fakes.misbehaviour import Fault
from fakes.server import Google


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (misbehaviour.RATE_LIMIT, "per minute"),
        (misbehaviour.RATE_LIMIT_RETRY_AFTER, "per minute"),
        (misbehaviour.INTERNAL_ERROR, "Internal error"),
        (misbehaviour.INTERNAL_ERROR_AFTER_EFFECT, "Internal error"),
        (misbehaviour.UNAVAILABLE, "currently unavailable"),
        (misbehaviour.UNAVAILABLE_AFTER_EFFECT, "currently unavailable"),
        (misbehaviour.EXPIRED_TOKEN, "invalid authentication credentials"),
        (misbehaviour.PERMISSION_DENIED, "'aiplatform.customJobs.create' denied"),
        (misbehaviour.API_NOT_ENABLED, "Enable it by visiting"),
        (
            misbehaviour.QUOTA_EXCEEDED,
            "exceed quota limits: aiplatform.googleapis.com/custom_model",
        ),
    ],
)
def test_a_refusal_is_heard_in_googles_words(
    google: Google, jobs: Any, fault: Fault, words: str
) -> None:
    google.faults.on("customJobs.create", fault)

    with closing(build_http()) as plain, pytest.raises(HttpError) as refused:
        jobs.create(parent=PARENT, body=JOB).execute(http=plain)

    assert fault.refusal
    assert refused.value.status_code == fault.refusal.code
    assert words in refused.value.reason
    assert json.loads(refused.value.content) == fault.refusal.body
    assert len(google.jobs.all()) == fault.effect
    assert ("retry-after" in refused.value.resp) == (fault is misbehaviour.RATE_LIMIT_RETRY_AFTER)
    jobs.create(parent=PARENT, body=JOB).execute()


def test_an_api_that_is_not_enabled_says_so_to_programs(google: Google, jobs: Any) -> None:
    google.faults.at(1, misbehaviour.API_NOT_ENABLED)
    with pytest.raises(HttpError) as refused:
        jobs.list(parent=PARENT).execute()
    [info] = refused.value.error_details
    assert (info["reason"], info["domain"]) == ("SERVICE_DISABLED", "googleapis.com")
    assert info["metadata"]["service"] == "aiplatform.googleapis.com"


@pytest.mark.parametrize(
    ("fault", "made"), [(misbehaviour.DROP_BEFORE_EFFECT, 0), (misbehaviour.DROP_AFTER_EFFECT, 2)]
)
def test_a_dropped_connection_is_heard_and_the_effect_is_known(
    google: Google, jobs: Any, fault: Fault, made: int
) -> None:
    google.faults.on("customJobs.create", fault, times=2)

    with pytest.raises(http.client.RemoteDisconnected):
        jobs.create(parent=PARENT, body=JOB).execute()

    assert len(google.jobs.all()) == made


def test_httplib2_sends_a_dropped_request_again_without_being_asked(
    google: Google, jobs: Any
) -> None:
    google.faults.on("customJobs.create", misbehaviour.DROP_AFTER_EFFECT)

    jobs.create(parent=PARENT, body=JOB).execute(num_retries=0)

    assert google.count("customJobs.create") == len(google.jobs.all()) == 2


def test_half_an_answer_is_heard_as_such(google: Google, jobs: Any, library: Library) -> None:
    google.faults.on("customJobs.create", misbehaviour.HALF_AN_ANSWER)
    with pytest.raises(http.client.IncompleteRead):
        jobs.create(parent=PARENT, body=JOB).execute()
    assert names(library.custom_jobs()) == ["sweep-1"]


def test_a_slow_answer_outlasts_an_impatient_client(google: Google, jobs: Any) -> None:
    google.faults.on("customJobs.create", misbehaviour.slow(10))
    with closing(build_http()) as impatient:
        impatient.timeout = 0.1
        with pytest.raises(TimeoutError):
            jobs.create(parent=PARENT, body=JOB).execute(http=impatient)
    assert len(google.jobs.all()) == 1


def test_faults_come_in_the_order_they_were_planned_and_end(google: Google, jobs: Any) -> None:
    google.faults.on("customJobs.list", misbehaviour.UNAVAILABLE)
    google.faults.when(
        lambda asked: "filter" in asked.query, misbehaviour.INTERNAL_ERROR, times=None
    )

    codes = [_code(jobs.list(parent=PARENT, filter="labels.a:*")) for _ in range(3)]
    codes.append(_code(jobs.list(parent=PARENT)))
    google.faults.end()
    codes.append(_code(jobs.list(parent=PARENT, filter="labels.a:*")))

    assert codes == [503, 500, 500, 200, 200]
    assert [asked.code for asked in google.asked] == codes


def test_a_test_can_act_between_effect_and_answer(google: Google, jobs: Any) -> None:
    seen: list[int] = []
    fault = Fault(effect=True, meanwhile=lambda: seen.append(len(google.jobs.all())))
    google.faults.on("customJobs.create", fault)
    jobs.create(parent=PARENT, body=JOB).execute()
    assert seen == [1]


def _code(request: Any) -> int:
    try:
        request.execute()
    except HttpError as error:
        return int(error.status_code)
    return 200
