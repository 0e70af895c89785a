"""Canaries elsewhere: the first jobs of a sweep, on whose success the others depend."""

from collections.abc import Callable, Sequence

from caliban_domain.follow import Event
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.ports import History, Platform
from caliban_domain.wait import wait


def survivors(
    canaries: Sequence[Job],
    rest: Sequence[Job],
    *,
    platform: Platform,
    history: History,
    notify: Callable[[Event], None],
) -> Sequence[Job]:
    """See the canaries to their ends: the rest if all of them succeeded, else nobody.

    Whoever isn't to be submitted is recorded as STOPPED, also when a person interrupts. A platform
    that doesn't answer leaves the rest PLANNED; its PlatformUnavailable is raised.
    """
    try:
        outcomes = wait(canaries, platform=platform, history=history, notify=notify)
    except KeyboardInterrupt:
        _give_up(rest, "interrupted before submission", history)
        raise
    for job in canaries:
        if outcomes[job.name].status is not JobStatus.SUCCEEDED:
            reason = f"not submitted: job {job.number} is a canary and did not succeed"
            _give_up(rest, reason, history)
            return ()
    return rest


def _give_up(jobs: Sequence[Job], reason: str, history: History) -> None:
    never = Outcome(status=JobStatus.STOPPED, reason=reason)
    history.record({job.name: never for job in jobs if history.is_planned(job.name)})
