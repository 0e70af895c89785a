"""Run jobs here: start them a few at a time, pass on what they write, record how they end."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, Queue
from threading import Thread, Timer

from caliban_domain.agenda import Agenda, Policy
from caliban_domain.errors import CalibanError, PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.observe import let_go
from caliban_domain.ports import History, Platform
from caliban_domain.retries import again

_OUTPUT_BACKLOG = 256
_TOO_LONG = "it was stopped, because it ran longer than --timeout allows"
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


_Call = Callable[[], None]
"""Something for the calling thread to do."""


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
    following = _Following(platform, history, notify, policy, Agenda(jobs, policy))
    try:
        following.run()
    except KeyboardInterrupt:
        following.stop()
        raise
    return following.outcomes


class _Following:
    """The state of one call of ``follow``. Only the calling thread touches it.

    Threads of their own speak to the platform, and queue calls for the calling thread: it alone
    uses history and ``notify``, which makes a database connection and a terminal safe to use
    there. The threads are daemons: leaving never waits for a container.
    A job is released beside those that run. The next one starts before that, but not before the
    end of one: an engine that ends a container is slower to start another, by more than it gains.
    """

    def __init__(
        self,
        platform: Platform,
        history: History,
        notify: Callable[[Event], None],
        policy: Policy,
        agenda: Agenda,
    ) -> None:
        self.outcomes: dict[JobName, Outcome] = {}
        self._platform = platform
        self._history = history
        self._notify = notify
        self._policy = policy
        self._agenda = agenda
        self._running: dict[JobName, Job] = {}
        self._submitting: set[JobName] = set()
        self._releasing: set[JobName] = set()
        self._overdue: set[JobName] = set()
        self._timers: dict[JobName, Timer] = {}
        self._retried: dict[JobName, int] = {}
        self._rejection: SubmissionRejected | None = None
        self._calls: Queue[_Call] = Queue(_OUTPUT_BACKLOG)

    def run(self) -> None:
        self._start_next()
        while self._running or self._releasing:
            self._calls.get()()
        if self._agenda.given_up:
            self._give_up_waiting(f"not started: {self._agenda.given_up}")
        if self._rejection:
            raise self._rejection

    def stop(self) -> None:
        self._notify(Stopping(len(self._running)))
        self._give_up_waiting("interrupted before starting")
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
                self._calls.get(timeout=_LONGEST_WAIT)()

    def _start_next(self) -> None:
        for job in self._agenda.turns():
            if self._history.is_planned(job.name):
                self._running[job.name] = job
                self._submitting.add(job.name)
                self._in_background(self._attend, job)
            else:
                self._agenda.leave_out(job)

    def _in_background(self, act: Callable[[Job], _Call], job: Job) -> None:
        """Let a thread do it, and then do here what it returns."""
        Thread(target=self._carry_out, args=(act, job), daemon=True).start()

    def _carry_out(self, act: Callable[[Job], _Call], job: Job) -> None:
        then: _Call = _admit_a_bug
        try:
            then = act(job)
        except SubmissionRejected as error:
            then = partial(self._reject, job, error)
        except CalibanError as error:
            then = partial(_raise, error)
        finally:
            self._calls.put(then)

    def _attend(self, job: Job) -> _Call:
        started = self._platform.submit(job.spec)
        self._calls.put(partial(self._begin, job, started))
        if started.status is JobStatus.LOST:
            return partial(self._end, job, started)
        job = replace(job, outcome=started)
        for data in self._platform.logs(job, follow=True):
            self._calls.put(partial(self._notify, JobWrote(job, data)))
        return partial(self._end, job, self._platform.observe([job])[job.name])

    def _cut(self, job: Job) -> _Call:
        self._platform.stop([job])
        return _leave_the_rest

    def _release(self, job: Job) -> _Call:
        self._platform.release([job])
        return partial(self._settle, job)

    def _begin(self, job: Job, outcome: Outcome) -> None:
        self._submitting.discard(job.name)
        self._record({job.name: outcome})
        if self.outcomes[job.name].status.is_terminal and not outcome.status.is_terminal:
            # Somebody stopped it in the history while it was on its way.
            self._in_background(self._cut, job)
        if self._policy.timeout is not None:
            queue_its_end = partial(self._calls.put, partial(self._call_overdue, job))
            timer = self._timers[job.name] = Timer(self._policy.timeout, queue_its_end)
            timer.daemon = True
            timer.start()
        self._notify(JobStarted(job, outcome))

    def _call_overdue(self, job: Job) -> None:
        self._overdue.add(job.name)
        self._in_background(self._cut, job)

    def _end(self, job: Job, outcome: Outcome) -> None:
        del self._running[job.name]
        if timer := self._timers.pop(job.name, None):
            timer.cancel()
        if job.name in self._overdue and outcome.status is not JobStatus.SUCCEEDED:
            outcome = replace(outcome, status=JobStatus.FAILED, reason=_TOO_LONG)
        self._record({job.name: outcome})
        ended = replace(job, outcome=self.outcomes[job.name])
        self._notify(JobEnded(job, ended.outcome))
        self._go_on(ended)
        if ended.status.is_terminal:
            self._releasing.add(job.name)
            self._in_background(self._release, job)

    def _go_on(self, ended: Job) -> None:
        used = self._retried.pop(ended.name, 0)
        if not self._agenda.given_up and self._policy.retries.allow(ended.outcome, used=used):
            on_their_way = (self._running[name] for name in self._submitting)
            planned = [*self._agenda.waiting(), *on_their_way]
            attempt = again(ended, history=self._history, besides=planned)
            self._retried[attempt.name] = used + 1
            self._agenda.repeat(ended, attempt)
            self._notify(JobRetried(ended, attempt))
        else:
            self._agenda.close(ended, ended.outcome)
        self._start_next()

    def _reject(self, job: Job, error: SubmissionRejected) -> None:
        self._submitting.discard(job.name)
        del self._running[job.name]
        self._rejection = self._rejection or error
        self._agenda.given_up = self._agenda.given_up or error.message
        self._record({job.name: Outcome(status=JobStatus.FAILED, reason=error.message)})

    def _settle(self, job: Job) -> None:
        self._releasing.discard(job.name)
        self._history.settle([job.name])

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


def _raise(error: CalibanError) -> None:
    raise error


def _admit_a_bug() -> None:
    raise RuntimeError("a thread that follows jobs ended early")


def _leave_the_rest() -> None:
    """Whoever attends the job hears how it ends."""
