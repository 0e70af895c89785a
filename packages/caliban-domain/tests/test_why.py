"""A sentence says why a job, or most of a group, is as it is; a command says what next."""

from dataclasses import replace

import pytest

from caliban_domain.causes import Cause, cause_of
from caliban_domain.dry_run import MemoryHistory
from caliban_domain.jobs import Job, JobStatus, Outcome, PlatformName
from caliban_domain.why import why_group, why_job
from port_contracts.history import enroll_one, enroll_seeds
from stand_ins import NOW

LOG = """\
Traceback (most recent call last):
  File "/usr/app/train.py", line 12, in main
RuntimeError: CUDA out of memory. Tried to allocate {} MiB
"""


def job(status: JobStatus, exit_code: int | None = None, reason: str | None = None) -> Job:
    outcome = Outcome(status=status, exit_code=exit_code, reason=reason)
    return replace(enroll_one(MemoryHistory()), outcome=outcome)


def group(*outcomes: Outcome) -> list[Job]:
    jobs = enroll_seeds(MemoryHistory(), *range(len(outcomes)))
    return [replace(job, outcome=outcome) for job, outcome in zip(jobs, outcomes, strict=True)]


def silent(_: Job) -> None:
    return None


def crashed(job: Job) -> Cause | None:
    return cause_of(LOG.format(job.number))


FAILED = Outcome(status=JobStatus.FAILED, exit_code=1)
SUCCEEDED = Outcome(status=JobStatus.SUCCEEDED, exit_code=0)
TOO_MUCH = "it ran out of memory: its peak reached its limit of 3g"
KILLED = Outcome(status=JobStatus.FAILED, exit_code=137, reason=TOO_MUCH)


@pytest.mark.parametrize(
    ("status", "sentence", "command"),
    [
        ("PLANNED", "waits for its turn", "caliban run --xgroup forest ... train.py"),
        ("SUBMITTED", "waits for LOCAL to start it", "caliban status"),
        ("RUNNING", "is running", "caliban logs -f 1"),
        ("SUCCEEDED", "succeeded", "caliban logs 1"),
        ("STOPPED", "was stopped: by mei", "caliban resubmit --xgroup forest"),
        ("LOST", "was lost: by mei", "caliban resubmit --xgroup forest"),
    ],
)
def test_every_state_has_a_sentence_and_a_command(status: str, sentence: str, command: str) -> None:
    told = why_job(job(JobStatus(status), reason="by mei"), silent)
    assert told[0].startswith(f"job 1 {sentence}")
    assert told[1] == command


def test_a_failure_tells_its_exit_code_and_what_the_log_tells() -> None:
    assert why_job(job(JobStatus.FAILED, 1), crashed) == (
        (
            "job 1 failed with exit code 1, at train.py line 12: "
            "RuntimeError: CUDA out of memory. Tried to allocate 1 MiB"
        ),
        "caliban logs 1",
    )
    assert why_job(job(JobStatus.FAILED, 3), silent)[0] == "job 1 failed with exit code 3"


def test_whoever_stopped_a_job_is_named_once() -> None:
    told = why_job(job(JobStatus.STOPPED, reason="stopped by mei"), silent)
    assert told[0] == "job 1 was stopped by mei"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (JobStatus.PLANNED, "1 of 1 waits for its turn (job 1)"),
        (JobStatus.SUBMITTED, "1 of 1 waits for LOCAL (job 1)"),
        (JobStatus.RUNNING, "1 of 1 is running (job 1)"),
        (JobStatus.STOPPED, "1 of 1 was stopped: nobody noted why (job 1)"),
        (JobStatus.LOST, "1 of 1 was lost: nobody noted why (job 1)"),
    ],
)
def test_one_job_alone_is_spoken_of_as_one(status: JobStatus, sentence: str) -> None:
    assert why_group(group(Outcome(status=status)), silent)[0] == [sentence]


def test_out_of_memory_names_peak_and_limit_and_suggests_more() -> None:
    told = why_job(job(JobStatus.FAILED, 137, TOO_MUCH), silent)
    assert told == (
        f"job 1 failed with exit code 137, for {TOO_MUCH}",
        'caliban resubmit --xgroup forest --docker_run_args "--memory 6g"',
    )


def test_a_job_whose_image_is_missing_is_built_again() -> None:
    told = why_job(job(JobStatus.FAILED, None, "the engine has no image 0f6d"), silent)
    assert told == (
        "job 1 could not be started: the engine has no image 0f6d",
        "caliban resubmit --xgroup forest",
    )


def test_the_same_failures_are_counted_together_and_the_commonest_comes_first() -> None:
    jobs = group(SUCCEEDED, KILLED, SUCCEEDED, *[FAILED] * 7)
    sentences, command = why_group(jobs, crashed)
    assert sentences == [
        (
            "7 of 10 failed at train.py line 12: RuntimeError: CUDA out of memory. "
            "Tried to allocate 4 MiB (jobs 4, 5, 6, 7, 8, ...)"
        ),
        "2 of 10 succeeded (jobs 1, 3)",
        (
            f"1 of 10 failed with exit code 137, for {TOO_MUCH}, at train.py line 12: "
            "RuntimeError: CUDA out of memory. Tried to allocate 2 MiB (job 2)"
        ),
    ]
    assert command == "caliban logs 4"


@pytest.mark.parametrize(
    ("status", "sentence", "command"),
    [
        (JobStatus.PLANNED, "2 of 2 wait for their turn", "caliban status --xgroup forest"),
        (JobStatus.SUBMITTED, "2 of 2 wait for LOCAL", "caliban status --xgroup forest"),
        (JobStatus.RUNNING, "2 of 2 are running", "caliban status --xgroup forest"),
        (JobStatus.STOPPED, "2 of 2 were stopped", "caliban resubmit --xgroup forest"),
        (JobStatus.LOST, "2 of 2 were lost", "caliban resubmit --xgroup forest"),
        (JobStatus.FAILED, "2 of 2 could not be started", "caliban resubmit --xgroup forest"),
    ],
)
def test_a_whole_group_may_be_alike(status: JobStatus, sentence: str, command: str) -> None:
    (told,), told_command = why_group(group(*[Outcome(status=status)] * 2), silent)
    assert told.startswith(sentence)
    assert told_command == command


QUEUED = Outcome(status=JobStatus.SUBMITTED, reason="no machine is free for it now")


def elsewhere(outcome: Outcome) -> Job:
    return replace(enroll_one(MemoryHistory()), platform=PlatformName.VERTEX, outcome=outcome)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (QUEUED, "job 1 waits for VERTEX to start it: no machine is free for it now"),
        (
            Outcome(status=JobStatus.RUNNING, reason="is being stopped"),
            "job 1 is running, and is being stopped",
        ),
        (
            Outcome(status=JobStatus.FAILED, exit_code=3, reason="the replica exited"),
            "job 1 failed with exit code 3: the replica exited",
        ),
        (
            Outcome(status=JobStatus.FAILED, started_at=NOW, reason="the machine was taken away"),
            "job 1 failed: the machine was taken away",
        ),
        (
            Outcome(status=JobStatus.FAILED, reason="a quota is too small"),
            "job 1 could not be started: a quota is too small",
        ),
    ],
)
def test_what_a_platform_elsewhere_says_is_passed_on(outcome: Outcome, sentence: str) -> None:
    assert why_job(elsewhere(outcome), silent)[0] == sentence


def test_jobs_that_wait_for_the_same_are_told_together() -> None:
    sentences, _ = why_group(group(QUEUED, QUEUED), silent)
    assert sentences == ["2 of 2 wait for LOCAL: no machine is free for it now (jobs 1, 2)"]


def test_a_planned_job_is_started_by_the_command_of_its_platform() -> None:
    planned = elsewhere(Outcome(status=JobStatus.PLANNED))
    assert why_job(planned, silent)[1] == "caliban cloud --xgroup forest ... train.py"
