import json
from typing import Any

import pytest

from caliban_adapters.kubernetes.failures import (
    Expired,
    Failure,
    NotThere,
    Refused,
    Shut,
    Taken,
    Unclear,
    failure_of,
)


def failed(code: int, message: str = "no", **told: Any) -> Failure:
    body = json.dumps({"kind": "Status", "message": message, **told}).encode()
    headers = {"Retry-After": "7"}
    return failure_of(code, body, headers, where="the cluster here", what="create a Job")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, Refused),
        (401, Shut),
        (403, Shut),
        (404, NotThere),
        (409, Taken),
        (410, Expired),
        (422, Refused),
        (429, Unclear),
        (500, Unclear),
        (503, Unclear),
    ],
)
def test_each_answer_has_its_meaning(code: int, kind: type[Failure]) -> None:
    assert type(failed(code)) is kind


def test_an_expired_login_is_told_with_its_remedy() -> None:
    failure = failed(401)
    assert "has expired" in failure.message
    assert failure.hint


def test_what_is_forbidden_is_told_in_the_clusters_words() -> None:
    failure = failed(403, 'jobs.batch is forbidden: User "eve" cannot create resource "jobs"')
    assert 'User "eve" cannot create' in failure.message


def test_a_quota_that_is_used_up_refuses_this_job_alone() -> None:
    assert type(failed(403, "exceeded quota: small")) is Refused


def test_a_namespace_that_does_not_exist_shuts_everything() -> None:
    failure = failed(404, details={"kind": "namespaces", "name": "moon"})
    assert type(failure) is Shut
    assert "no namespace moon" in failure.message


@pytest.mark.parametrize(
    "message",
    [
        'Operation cannot be fulfilled on resourcequotas "small": the object has been modified',
        'Operation cannot be fulfilled on jobs.batch "tea-1": the object has been modified',
    ],
)
def test_what_two_change_at_a_time_is_tried_again(message: str) -> None:
    assert type(failed(409, message, reason="Conflict")) is Unclear


def test_a_busy_cluster_says_when_to_come_back() -> None:
    failure = failed(429)
    assert isinstance(failure, Unclear)
    assert failure.retry_after == 7


def test_an_answer_that_is_no_json_is_told_as_it_is() -> None:
    failure = failure_of(502, b"<html>bad gateway", {}, where="it", what="look")
    assert "bad gateway" in failure.message
