"""Wait for jobs that another command runs, here or on another machine."""

from collections.abc import Callable, Sequence

from caliban_domain.follow import Event, JobEnded, JobWrote
from caliban_domain.jobs import Job, Outcome
from caliban_domain.names import JobName
from caliban_domain.observe import settle
from caliban_domain.ports import History, Platform


def wait(
    jobs: Sequence[Job], *, platform: Platform, history: History, notify: Callable[[Event], None]
) -> dict[JobName, Outcome]:
    """See the jobs to their ends, one after the other; how each has ended.

    They belong to whoever started them: an interrupt leaves them running. Raises PlatformError.
    """
    outcomes = {}
    for job in jobs:
        settle([job], platform=platform, history=history)
        now = _current(job, history)
        if not now.status.is_terminal:
            for data in platform.logs(now, follow=True):
                notify(JobWrote(now, data))
            settle([now], platform=platform, history=history)
            now = _current(job, history)
        notify(JobEnded(now, now.outcome))
        outcomes[job.name] = now.outcome
    return outcomes


def watch(
    jobs: Sequence[Job],
    *,
    history: History,
    notify: Callable[[Event], None],
    pause: Callable[[], None],
) -> dict[JobName, Outcome]:
    """Wait until the history says of each job how it ended, with a ``pause`` between any two looks.

    This is for jobs that no platform reaches from here: whoever runs them records their ends.
    """
    outcomes: dict[JobName, Outcome] = {}
    awaited = {job.number for job in jobs}
    while True:
        for job in history.numbered(awaited):
            if job.status.is_terminal:
                awaited.remove(job.number)
                outcomes[job.name] = job.outcome
                notify(JobEnded(job, job.outcome))
        if not awaited:
            return outcomes
        pause()


def _current(job: Job, history: History) -> Job:
    (current,) = history.numbered([job.number])
    return current
