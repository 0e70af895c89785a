"""The jobs that a command line names."""

import argparse
from collections.abc import Collection, Sequence
from typing import Final

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.say import say, saying_after
from caliban_domain.errors import HistoryNotWritable, UnknownJob, UsageError
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.observe import observe
from caliban_domain.ports import History

_PATIENCE: Final = 2.0  # seconds that a person waits without a word


def jobs_numbered(numbers: Sequence[int], history: History | None) -> Sequence[Job]:
    """The jobs with these numbers. Raises UnknownJob if one of them doesn't exist."""
    found = history.numbered(numbers) if history else ()
    if missing := set(numbers) - {job.number for job in found}:
        raise UnknownJob(
            f"there is no job {min(missing)}", hint="caliban status shows the jobs that there are"
        )
    return found


def require_own(jobs: Sequence[Job], user: str | None, verb: str) -> None:
    """Raises UsageError if one of the jobs isn't the user's; None stands for all of them."""
    if others := [job for job in jobs if user not in (None, job.user)]:
        raise UsageError(
            f"job {others[0].number} is a job of {others[0].user}",
            hint=f"--all_users {verb} the jobs of other people too",
        )


def job_state(text: str, among: Collection[JobStatus] = tuple(JobStatus)) -> JobStatus:
    """A state that jobs are in, in capitals or not; for ``value(kind=...)``."""
    if text.upper() not in among:
        raise argparse.ArgumentTypeError(f"{text!r} is none of the states {', '.join(among)}")
    return JobStatus(text.upper())


def look_at_jobs(history: History, environment: Environment) -> None:
    """Bring the history up to date, for those who only look, if it can be written."""
    try:
        bring_up_to_date(history, environment)
    except HistoryNotWritable as error:
        say(f"caliban: {error.message}; jobs may be further on than shown")


def bring_up_to_date(history: History, environment: Environment) -> None:
    """Ask every platform how its jobs are, and say which one doesn't answer."""
    asking = saying_after(_PATIENCE, "still asking how the jobs are that haven't ended")
    with wiring.platforms(environment) as platform_named, asking:
        for failure in observe(history, platform_named, host=environment.host):
            say(f"caliban: {failure.message}; its jobs may be further on than shown")
