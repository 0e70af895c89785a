"""Which ends of a job are worth another attempt."""

import pytest

from caliban_domain.dry_run import MemoryHistory
from caliban_domain.errors import UsageError
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.retries import ANY_FAILURE, Retries, again, parse_causes
from stand_ins import JournaledHistory, ScriptedPlatform, launched


def failed(exit_code: int) -> Outcome:
    return Outcome(status=JobStatus.FAILED, exit_code=exit_code)


@pytest.mark.parametrize(
    ("causes", "outcome", "allowed"),
    [
        ("failed", failed(1), True),
        ("exit:137", failed(137), True),
        ("exit:137", failed(1), False),
        ("lost,exit:1", failed(1), True),
        ("lost", Outcome(status=JobStatus.LOST), True),
        ("failed", Outcome(status=JobStatus.LOST), False),
        ("failed,lost", Outcome(status=JobStatus.STOPPED), False),
        ("failed,lost", Outcome(status=JobStatus.SUCCEEDED, exit_code=0), False),
    ],
)
def test_a_cause_allows_another_attempt(causes: str, outcome: Outcome, *, allowed: bool) -> None:
    assert Retries(1, parse_causes(causes)).allow(outcome, used=0) is allowed


def test_when_all_retries_are_used_there_is_no_other() -> None:
    assert Retries(2).allow(failed(1), used=1)
    assert not Retries(2).allow(failed(1), used=2)
    assert not Retries().allow(failed(1), used=0)


def test_spaces_between_causes_are_nothing() -> None:
    assert parse_causes("failed , lost") == ANY_FAILURE


@pytest.mark.parametrize(
    "text", ["", "exit", "exit:", "exit:0", "exit:256", "exit:x", "oom", "failed,"]
)
def test_what_is_no_cause_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no reason to try a job again"):
        parse_causes(text)


def test_another_attempt_is_the_same_experiment_with_the_same_image() -> None:
    history = JournaledHistory()
    (job,) = launched("a", platform=ScriptedPlatform(), history=history)
    history.record({job.name: failed(1)})
    attempt = again(job, history=history)
    assert attempt.experiment == job.experiment
    assert attempt.spec.image == job.spec.image
    assert attempt.spec.payload == job.spec.payload
    assert attempt.name != job.name
    assert attempt.status is JobStatus.PLANNED
    assert again(job, history=history) == attempt, "an answer that got lost is asked for again"


def test_another_attempt_is_none_that_waits_for_its_own_turn() -> None:
    history = MemoryHistory()
    job, same = launched("a", "a", platform=ScriptedPlatform(), history=history)
    history.record({job.name: failed(1)})
    attempt = again(job, history=history, besides=[same])
    assert attempt not in (job, same)
    assert again(job, history=history, besides=[same]) == attempt
