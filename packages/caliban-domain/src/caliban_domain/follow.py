"""Run jobs here: start them a few at a time, pass on what they write, record how they end."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, Queue
from threading import Thread

from caliban_domain.agenda import Agenda, Policy
from caliban_domain.errors import CalibanError, PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.observe import let_go
from caliban_domain.ports import History, Platform
from caliban_domain.retries import Retries, again

_OUTPUT_BACKLOG = 256
_LONGEST_WAIT = 30.0  # seconds


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
class JobRetried:
    """The job didn't succeed; another attempt at its experiment takes its place."""

    job: Job
    attempt: Job


@dataclass(frozen=True, slots=True)
class Stopping:
    """The person asked to end everything that this command started."""

    running: int


Event = JobStarted | JobWrote | JobEnded | JobRetried | Stopping


@dataclass(frozen=True, slots=True)
class _Failed:
    """A job couldn't be started or followed."""

    job: Job
    error: CalibanError


@dataclass(frozen=True, slots=True)
class _Quiet:
    """The job runs no more; the platform may still be busy with how it ended."""

    job: Job


@dataclass(frozen=True, slots=True)
class _Released:
    """The platform holds nothing of the job any more."""

    job: Job


class _ThreadLeft:
    """A thread ended without saying how: there is a bug in it."""


_Said = Event | _Failed | _Quiet | _Released | _ThreadLeft


def follow(
    jobs: Sequence[Job],
    *,
    platform: Platform,
    history: History,
    policy: Policy,
    notify: Callable[[Event], None],
) -> dict[JobName, Outcome]:
    """Run the jobs to their ends, in their order and as the policy says.

    Returns the outcome of every job that this call ran, further attempts included; one that
    somebody else has started meanwhile is left to them. Jobs that the policy gave up are recorded
    as STOPPED. On KeyboardInterrupt the running jobs are stopped, those not started yet are
    recorded as STOPPED, and the interrupt is raised again. A platform that doesn't answer ends
    the following at once and changes nothing; a job that it rejects lets the running ones finish,
    then the rest is recorded as STOPPED and the rejection is raised.
    """
    following = _Following(platform, history, notify, Agenda(jobs, policy), policy.retries)
    try:
        following.run()
    except KeyboardInterrupt:
        following.stop()
        raise
    return following.outcomes


class _Following:
    """The state of one call of ``follow``. Only the calling thread touches it.

    Threads of their own speak to the platform and send what they hear through the queue; history
    and ``notify`` are used by the calling thread alone, which makes a database connection and a
    terminal safe to use there. The threads are daemons: leaving never waits for a container.
    Ending and freeing a container takes about as long as a short job, so the next job starts as
    soon as one runs no more, unless the policy may want to know first how that one ended.
    """

    def __init__(
        self,
        platform: Platform,
        history: History,
        notify: Callable[[Event], None],
        agenda: Agenda,
        retries: Retries,
    ) -> None:
        self.outcomes: dict[JobName, Outcome] = {}
        self._platform = platform
        self._history = history
        self._notify = notify
        self._agenda = agenda
        self._retries = retries
        self._retried: Counter[int] = Counter()
        self._running: dict[JobName, Job] = {}
        self._submitting: set[JobName] = set()
        self._rejection: SubmissionRejected | None = None
        self._releasing: set[JobName] = set()
        self._events: Queue[_Said] = Queue(_OUTPUT_BACKLOG)

    def run(self) -> None:
        self._start_next()
        while self._running or self._releasing:
            self._handle(self._events.get())
        if self._agenda.given_up:
            self._give_up_waiting(f"not started: {self._agenda.given_up}")
        if self._rejection:
            raise self._rejection

    def stop(self) -> None:
        self._notify(Stopping(len(self._running)))
        self._give_up_waiting("interrupted before it was started")
        # What is just being submitted can only be stopped once the platform knows it.
        self._hear_out(self._submitting)
        running = tuple(self._running.values())
        outcomes = self._platform.stop(running)
        self._record(outcomes)
        ended = [
            job for job in running if job.name in outcomes and outcomes[job.name].status.is_terminal
        ]
        let_go(ended, platform=self._platform, history=self._history)
        self._hear_out(self._releasing)

    def _hear_out(self, pending: AbstractSet[JobName]) -> None:
        with suppress(Empty, PlatformUnavailable):
            while pending:
                self._handle(self._events.get(timeout=_LONGEST_WAIT))

    def _start_next(self) -> None:
        for job in self._agenda.turns():
            if self._history.is_planned(job.name):
                self._running[job.name] = job
                self._submitting.add(job.name)
                self._begin(self._attend, job)
            else:
                self._agenda.leave_out(job)

    def _begin(self, act: Callable[[Job], _Said], job: Job) -> None:
        Thread(target=self._say, args=(act, job), daemon=True).start()

    def _say(self, act: Callable[[Job], _Said], job: Job) -> None:
        said: _Said = _ThreadLeft()
        try:
            said = act(job)
        except CalibanError as error:
            said = _Failed(job, error)
        finally:
            self._events.put(said)

    def _attend(self, job: Job) -> JobEnded:
        started = self._platform.submit(job.spec)
        self._events.put(JobStarted(job, started))
        job = replace(job, outcome=started)
        for data in self._platform.logs(job, follow=True):
            self._events.put(JobWrote(job, data))
        self._events.put(_Quiet(job))
        return JobEnded(job, self._platform.observe([job])[job.name])

    def _release(self, job: Job) -> _Released:
        self._platform.release([job])
        return _Released(job)

    def _handle(self, said: _Said) -> None:
        match said:
            case JobStarted(job, outcome):
                self._submitting.discard(job.name)
                self._record({job.name: outcome})
                self._notify(said)
            case JobWrote() | JobRetried() | Stopping():
                self._notify(said)
            case _Quiet(job):
                if not self._agenda.is_strict:
                    self._agenda.free(job)
                    self._start_next()
            case JobEnded(job, outcome):
                self._end(job, outcome)
            case _Released(job):
                self._releasing.discard(job.name)
                self._history.settle([job.name])
            case _Failed(job, SubmissionRejected() as error):
                self._submitting.discard(job.name)
                self._rejection = self._rejection or error
                self._agenda.given_up = self._agenda.given_up or error.message
                del self._running[job.name]
                self._record({job.name: Outcome(status=JobStatus.FAILED, reason=error.message)})
            case _Failed(_, error):
                raise error
            case _ThreadLeft():
                raise RuntimeError("a thread that follows jobs ended early")

    def _end(self, job: Job, outcome: Outcome) -> None:
        del self._running[job.name]
        self._record({job.name: outcome})
        ended = self.outcomes[job.name]
        self._notify(JobEnded(job, ended))
        if ended.status.is_terminal:
            self._releasing.add(job.name)
            self._begin(self._release, job)
        self._go_on(replace(job, outcome=ended))

    def _go_on(self, ended: Job) -> None:
        used = self._retried[ended.experiment.number]
        if not self._agenda.given_up and self._retries.allow(ended.outcome, used=used):
            self._retried[ended.experiment.number] += 1
            attempt = again(ended, history=self._history)
            self._agenda.free(ended)
            self._agenda.repeat(attempt)
            self._notify(JobRetried(ended, attempt))
        else:
            self._agenda.close(ended, ended.outcome)
        self._start_next()

    def _give_up_waiting(self, reason: str) -> None:
        self._record(
            {
                job.name: Outcome(status=JobStatus.STOPPED, reason=reason)
                for job in self._agenda.give_up(reason)
                if self._history.is_planned(job.name)
            }
        )

    def _record(self, outcomes: Mapping[JobName, Outcome]) -> None:
        self.outcomes.update(self._history.record(outcomes))
