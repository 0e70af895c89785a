"""Jobs go forward through their states, and stay where they end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from caliban_domain.images import ImageRef
from caliban_domain.jobs import (
    SUCCESSORS,
    EnrolledExperiment,
    Job,
    JobSpec,
    JobStatus,
    Outcome,
    PlatformName,
)
from caliban_domain.names import GroupName, JobName

ORDER = ["PLANNED", "SUBMITTED", "RUNNING"]
ENDS = ["SUCCEEDED", "FAILED", "STOPPED", "LOST"]


@pytest.mark.parametrize("status", ORDER)
def test_a_job_under_way_can_still_change(status: str) -> None:
    assert not JobStatus(status).is_terminal


@pytest.mark.parametrize("status", ENDS)
def test_nothing_follows_an_end(status: str) -> None:
    assert JobStatus(status).is_terminal


@pytest.mark.parametrize("status", ORDER)
@pytest.mark.parametrize("end", ENDS)
def test_a_job_under_way_can_end_in_any_way(status: str, end: str) -> None:
    assert JobStatus(status).advanced_to(JobStatus(end)) == end


@pytest.mark.parametrize(
    ("before", "observed", "after"),
    [
        ("PLANNED", "SUBMITTED", "SUBMITTED"),
        ("PLANNED", "RUNNING", "RUNNING"),
        ("SUBMITTED", "RUNNING", "RUNNING"),
        ("SUBMITTED", "PLANNED", "SUBMITTED"),
        ("RUNNING", "SUBMITTED", "RUNNING"),
        ("RUNNING", "PLANNED", "RUNNING"),
        ("STOPPED", "RUNNING", "STOPPED"),
        ("FAILED", "SUCCEEDED", "FAILED"),
        ("LOST", "RUNNING", "LOST"),
    ],
)
def test_an_observation_moves_a_job_forward_or_not_at_all(
    before: str, observed: str, after: str
) -> None:
    assert JobStatus(before).advanced_to(JobStatus(observed)) == after


def test_an_outcome_that_cannot_follow_changes_nothing() -> None:
    failed = Outcome(status=JobStatus.FAILED, exit_code=3)
    assert failed.advanced_to(Outcome(status=JobStatus.RUNNING, handle="c0ffee")) is failed


def test_facts_that_come_later_are_added_to_a_job_that_goes_on() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    submitted = Outcome(status=JobStatus.RUNNING, handle="c0ffee")
    observed = Outcome(status=JobStatus.RUNNING, started_at=began)
    assert submitted.advanced_to(observed) == replace(submitted, started_at=began)
    failed = Outcome(status=JobStatus.FAILED)
    assert failed.advanced_to(replace(failed, exit_code=1)) is failed


def test_where_and_since_when_a_job_runs_stays_known() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    running = Outcome(status=JobStatus.RUNNING, handle="c0ffee", started_at=began)
    lost = Outcome(status=JobStatus.LOST, reason="gone")
    assert running.advanced_to(lost) == Outcome(
        status=JobStatus.LOST, reason="gone", handle="c0ffee", started_at=began
    )
    elsewhere = Outcome(status=JobStatus.LOST, handle="decaf", started_at=began.replace(hour=1))
    assert running.advanced_to(elsewhere) == elsewhere


def test_every_status_has_its_successors() -> None:
    assert set(SUCCESSORS) == set(JobStatus) == {JobStatus(s) for s in (*ORDER, *ENDS)}


@pytest.mark.parametrize("word", [*JobStatus, *PlatformName])
def test_words_are_stored_as_they_are_shown(word: str) -> None:
    assert f"{word}" == word.upper()


def test_a_job_is_known_by_its_name_and_status() -> None:
    job = Job(
        number=7,
        spec=JobSpec(name=JobName("sweep-1-0-1"), image=ImageRef("i"), payload={}),
        experiment=EnrolledExperiment(
            number=1, group=GroupName("sweep"), spec_number=1, spec=None, script="a.py", argv=()
        ),
        platform=PlatformName.LOCAL,
        user="me",
        host="here",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        outcome=Outcome(status=JobStatus.FAILED, exit_code=3),
    )
    assert (job.name, job.status) == ("sweep-1-0-1", JobStatus.FAILED)
