"""Learn how jobs are: ask each platform about those that haven't ended, and note the answers."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from caliban_domain.errors import PlatformUnavailable
from caliban_domain.jobs import Job, Outcome, PlatformName
from caliban_domain.names import JobName
from caliban_domain.ports import History, Platform

_Place = TypeVar("_Place")


def observe(
    history: History,
    platform_named: Callable[[PlatformName], Platform],
    *,
    host: str | None = None,
) -> Sequence[PlatformUnavailable]:
    """Bring the history up to what the platforms say; the failures of those that don't answer.

    An unreachable platform changes nothing of its jobs and doesn't keep others from being asked.
    On ``host``, LOCAL jobs of other machines aren't asked about.
    """
    failures = []
    open_jobs = sorted(history.unsettled(host=host), key=lambda job: job.platform)
    for name, jobs in groupby(open_jobs, key=lambda job: job.platform):
        try:
            settle(tuple(jobs), platform=platform_named(name), history=history)
        except PlatformUnavailable as error:
            failures.append(error)
    return failures


def ask_everywhere(
    places: Mapping[_Place, Sequence[Job]],
    ask: Callable[[_Place, Sequence[Job]], Mapping[JobName, Outcome]],
    *,
    say: Callable[[str], None],
) -> Mapping[JobName, Outcome]:
    """How the jobs of a platform that has several places are, by asking in each about its own.

    Jobs of a place that doesn't answer have no outcome, and ``say`` is told so. Raises
    PlatformUnavailable where none answers.
    """
    outcomes: dict[JobName, Outcome] = {}
    failures: list[PlatformUnavailable] = []
    for place, jobs in places.items():
        try:
            outcomes |= ask(place, jobs)
        except PlatformUnavailable as failure:
            failures.append(failure)
    if failures and len(failures) == len(places):
        raise failures[0]
    for silent in failures:
        say(f"caliban: {silent.message}; its jobs may be further on than shown")
    return outcomes


def settle(jobs: Sequence[Job], *, platform: Platform, history: History) -> None:
    """Ask about the jobs, record the answers, and let go of those that have ended.

    The order is what makes it safe to die between any two steps: a job's end is in the history
    before the platform forgets the job, and it is looked at again until that is noted too.
    """
    outcomes = platform.observe([job for job in jobs if not job.status.is_terminal])
    history.record(outcomes)
    let_go([job for job in jobs if _has_ended(job, outcomes)], platform=platform, history=history)


def let_go(ended: Sequence[Job], *, platform: Platform, history: History) -> None:
    """Free what the platform holds of jobs whose end is in the history, and note that."""
    if ended:
        platform.release(ended)
        history.settle(job.name for job in ended)


def _has_ended(job: Job, outcomes: Mapping[JobName, Outcome]) -> bool:
    latest = outcomes.get(job.name, job.outcome).status
    return job.status.is_terminal or latest.is_terminal
