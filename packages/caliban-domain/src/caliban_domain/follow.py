"""Run jobs here: start them a few at a time, pass on what they write, record how they end."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, Queue, SimpleQueue
from threading import Thread

from caliban_domain.errors import CalibanError, PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.observe import let_go
from caliban_domain.ports import History, Platform

_OUTPUT_BACKLOG = 256
_LONGEST_SUBMISSION = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class JobStarted:
    job: Job
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class JobWrote:
    job: Job
    data: bytes


@dataclass(frozen=True, slots=True)
class JobEnded:
    job: Job
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Stopping:
    """The person asked to end everything that this command started."""

    running: int


Event = JobStarted | JobWrote | JobEnded | Stopping


@dataclass(frozen=True, slots=True)
class _Failed:
    """A job couldn't be started or followed."""

    job: Job
    error: CalibanError


class _WorkerLeft:
    """A worker thread ended without being asked to: there is a bug in it."""


def follow(
    jobs: Sequence[Job],
    *,
    platform: Platform,
    history: History,
    parallel: int,
    notify: Callable[[Event], None],
) -> dict[JobName, Outcome]:
    """Run the jobs to their ends, at most ``parallel`` (1 or more) at a time, in their order.

    Returns the outcome of every job that this call ran; one that somebody else has started
    meanwhile is left to them. On KeyboardInterrupt the running jobs are stopped, those not
    started yet are recorded as STOPPED, and the interrupt is raised again. A platform that
    doesn't answer ends the following at once and changes nothing; a job that it rejects lets the
    running ones finish, then the rest is recorded as STOPPED and the rejection is raised.
    """
    following = _Following(platform, history, notify, waiting=deque(jobs))
    try:
        following.run(workers=min(parallel, len(jobs)))
    except KeyboardInterrupt:
        following.stop()
        raise
    return following.outcomes


class _Following:
    """The state of one call of ``follow``. Only the calling thread touches it.

    Worker threads speak to the platform and send what they hear through the queue; history and
    ``notify`` are used by the calling thread alone, which makes a database connection and a
    terminal safe to use there. The threads are daemons: leaving never waits for a container.
    """

    def __init__(
        self,
        platform: Platform,
        history: History,
        notify: Callable[[Event], None],
        waiting: deque[Job],
    ) -> None:
        self.outcomes: dict[JobName, Outcome] = {}
        self._platform = platform
        self._history = history
        self._notify = notify
        self._waiting = waiting
        self._running: dict[JobName, Job] = {}
        self._submitting: set[JobName] = set()
        self._rejection: SubmissionRejected | None = None
        self._tasks: SimpleQueue[Job] = SimpleQueue()
        self._events: Queue[Event | _Failed | _WorkerLeft] = Queue(_OUTPUT_BACKLOG)

    def run(self, *, workers: int) -> None:
        for _ in range(workers):
            Thread(target=self._work, daemon=True).start()
            self._start_next()
        while self._running:
            self._handle(self._events.get())
        if self._rejection:
            self._give_up_waiting(f"not started: {self._rejection.message}")
            raise self._rejection

    def stop(self) -> None:
        self._notify(Stopping(len(self._running)))
        self._give_up_waiting("interrupted before it was started")
        # What is just being submitted can only be stopped once the platform knows it.
        with suppress(Empty, PlatformUnavailable):
            while self._submitting:
                self._handle(self._events.get(timeout=_LONGEST_SUBMISSION))
        running = tuple(self._running.values())
        outcomes = self._platform.stop(running)
        self._record(outcomes)
        ended = [
            job for job in running if job.name in outcomes and outcomes[job.name].status.is_terminal
        ]
        let_go(ended, platform=self._platform, history=self._history)

    def _start_next(self) -> None:
        while self._waiting and not self._rejection:
            job = self._waiting.popleft()
            if self._history.is_planned(job.name):
                self._running[job.name] = job
                self._tasks.put(job)
                self._submitting.add(job.name)
                break

    def _work(self) -> None:
        try:
            while True:
                self._attend(self._tasks.get())
        finally:
            self._events.put(_WorkerLeft())

    def _attend(self, job: Job) -> None:
        try:
            started = self._platform.submit(job.spec)
            self._events.put(JobStarted(job, started))
            job = replace(job, outcome=started)
            for data in self._platform.logs(job, follow=True):
                self._events.put(JobWrote(job, data))
            self._events.put(JobEnded(job, self._platform.observe([job])[job.name]))
        except CalibanError as error:
            self._events.put(_Failed(job, error))

    def _handle(self, event: Event | _Failed | _WorkerLeft) -> None:
        match event:
            case JobStarted(job, outcome):
                self._submitting.discard(job.name)
                self._record({job.name: outcome})
                self._notify(event)
            case JobEnded(job, outcome):
                ended = self._end(job, outcome)
                self._notify(JobEnded(job, ended))
                if ended.status.is_terminal:
                    let_go([job], platform=self._platform, history=self._history)
            case _Failed(job, SubmissionRejected() as error):
                self._submitting.discard(job.name)
                self._rejection = error
                self._end(job, Outcome(status=JobStatus.FAILED, reason=error.message))
            case _Failed(_, error):
                raise error
            case _WorkerLeft():
                raise RuntimeError("a thread that follows jobs ended early")
            case _:
                self._notify(event)

    def _end(self, job: Job, outcome: Outcome) -> Outcome:
        del self._running[job.name]
        self._record({job.name: outcome})
        self._start_next()
        return self.outcomes[job.name]

    def _give_up_waiting(self, reason: str) -> None:
        self._record(
            {
                job.name: Outcome(status=JobStatus.STOPPED, reason=reason)
                for job in self._waiting
                if self._history.is_planned(job.name)
            }
        )
        self._waiting.clear()

    def _record(self, outcomes: Mapping[JobName, Outcome]) -> None:
        self.outcomes.update(self._history.record(outcomes))
