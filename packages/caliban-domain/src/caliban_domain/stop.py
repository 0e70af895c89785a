"""Stop jobs on every platform, and record what became of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from caliban_domain.errors import PlatformUnavailable
from caliban_domain.jobs import Job, JobStatus, Outcome, PlatformName
from caliban_domain.observe import let_go, settle
from caliban_domain.ports import History, Platform


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """The jobs as they are afterwards, and the platforms that didn't answer."""

    jobs: Sequence[Job]
    failures: Sequence[PlatformUnavailable]


def stop(
    jobs: Sequence[Job],
    *,
    by: str,
    platform_named: Callable[[PlatformName], Platform],
    history: History,
) -> Stopped:
    """End the jobs that haven't ended, ``by`` a person; one that wasn't started never will be.

    A platform that doesn't answer changes nothing of its jobs and doesn't keep others from being
    asked. A job that ended by itself meanwhile keeps its own end.
    """
    failures = []
    for name, of_platform in groupby(
        sorted(jobs, key=lambda job: job.platform), key=lambda job: job.platform
    ):
        try:
            _stop(tuple(of_platform), by, platform_named(name), history)
        except PlatformUnavailable as error:
            failures.append(error)
    return Stopped(jobs=history.numbered(job.number for job in jobs), failures=failures)


def _stop(jobs: Sequence[Job], by: str, platform: Platform, history: History) -> None:
    settle(jobs, platform=platform, history=history)
    known = history.numbered(job.number for job in jobs)
    planned = [job for job in known if job.status is JobStatus.PLANNED]
    never = Outcome(status=JobStatus.STOPPED, reason=f"stopped by {by} before starting")
    history.record({job.name: never for job in planned})
    # From here on nobody starts these; but somebody may have, a moment ago.
    started = platform.observe(planned) if planned else {}
    going = [
        job
        for job in known
        if started.get(job.name, job.outcome).status in (JobStatus.SUBMITTED, JobStatus.RUNNING)
    ]
    outcomes = platform.stop(going) if going else {}
    after = history.record(outcomes)
    ended = [job for job in going if job.name in after and after[job.name].status.is_terminal]
    let_go([*planned, *ended], platform=platform, history=history)
