"""Hand planned jobs to a platform elsewhere, which then runs them without this command."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, replace
from typing import Protocol

from caliban_domain.errors import PlatformError, SubmissionRejected
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.ports import History, Platform

AT_ONCE = 16
"""Requests under way at a time: enough that the network's delay doesn't count."""


@dataclass(frozen=True, slots=True)
class JobSubmitted:
    """The platform knows the job, whose outcome is the one it answered."""

    job: Job


@dataclass(frozen=True, slots=True)
class Finishing:
    """The person interrupted; what has been sent is heard out."""

    in_flight: int


SubmissionEvent = JobSubmitted | Finishing


class Together(Protocol):
    """A platform that takes several jobs in one request."""

    def batches(self, jobs: Sequence[Job], /) -> Iterable[Sequence[Job]]:
        """The jobs as they go together, each in one batch, in their order."""

    def submit_together(self, specs: Sequence[JobSpec], /) -> Mapping[JobName, Outcome]:
        """Start a batch. Idempotent by the jobs' names, as ``Platform.submit`` is."""

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        """As ``Platform.stop``."""

    def release(self, jobs: Sequence[Job], /) -> None:
        """As ``Platform.release``."""


class OneByOne:
    """A platform that takes each job in a request of its own."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def batches(self, jobs: Sequence[Job], /) -> Iterable[Sequence[Job]]:
        return ([job] for job in jobs)

    def submit_together(self, specs: Sequence[JobSpec], /) -> Mapping[JobName, Outcome]:
        return {spec.name: self._platform.submit(spec) for spec in specs}

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return self._platform.stop(jobs)

    def release(self, jobs: Sequence[Job], /) -> None:
        self._platform.release(jobs)


def submit(
    jobs: Sequence[Job],
    *,
    platform: Together,
    history: History,
    notify: Callable[[SubmissionEvent], None],
    at_once: int = AT_ONCE,
) -> dict[JobName, Outcome]:
    """Submit the jobs, ``at_once`` batches at a time; what is recorded of each one submitted.

    A job that somebody else has started meanwhile is left to them; one that they stopped in the
    history while it was on its way is stopped on the platform. On KeyboardInterrupt, and when
    the platform rejects a job, nothing more is sent, what was sent is heard out, and the rest is
    recorded as STOPPED; then the interrupt or the SubmissionRejected is raised. When the platform
    doesn't answer, the rest stays PLANNED, for a later command to go on, and PlatformUnavailable
    is raised.
    """
    submitting = _Submitting(platform, history, notify, at_once)
    return submitting.run(deque(platform.batches(jobs)))


class _Submitting:
    """The state of one call of ``submit``: threads speak to the platform, this one to the rest."""

    def __init__(
        self,
        platform: Together,
        history: History,
        notify: Callable[[SubmissionEvent], None],
        at_once: int,
    ) -> None:
        self._platform = platform
        self._history = history
        self._notify = notify
        self._at_once = at_once
        self._in_flight: dict[Future[Mapping[JobName, Outcome]], Sequence[Job]] = {}
        self._outcomes: dict[JobName, Outcome] = {}
        self._error: PlatformError | None = None

    def run(self, waiting: deque[Sequence[Job]]) -> dict[JobName, Outcome]:
        with ThreadPoolExecutor(self._at_once) as threads:
            try:
                self._send_all(waiting, threads)
            except KeyboardInterrupt:
                waiting.extend(self._recalled())
                self._notify(Finishing(len(self._in_flight)))
                self._hear_out()
                self._give_up(waiting, "interrupted before submission")
                raise
        if isinstance(self._error, SubmissionRejected):
            self._give_up(waiting, f"not submitted: {self._error.message}")
        if self._error:
            raise self._error
        return self._outcomes

    def _send_all(self, waiting: deque[Sequence[Job]], threads: ThreadPoolExecutor) -> None:
        while waiting and not self._error:
            while waiting and len(self._in_flight) < self._at_once:
                self._send(waiting, threads)
            self._hear()
        self._hear_out()

    def _send(self, waiting: deque[Sequence[Job]], threads: ThreadPoolExecutor) -> None:
        ours = self._still_planned(waiting[0])
        # In this order an interrupt at any moment finds the jobs in one place or the other.
        answer: Future[Mapping[JobName, Outcome]] = Future()
        if ours:
            self._in_flight[answer] = ours
        waiting.popleft()
        if ours:
            threads.submit(self._work, answer, [job.spec for job in ours])

    def _work(self, answer: Future[Mapping[JobName, Outcome]], specs: Sequence[JobSpec]) -> None:
        """Speak to the platform, in a thread."""
        if answer.set_running_or_notify_cancel():
            try:
                answer.set_result(self._platform.submit_together(specs))
            except BaseException as error:  # noqa: BLE001  raised where the answer is heard
                answer.set_exception(error)

    def _recalled(self) -> Sequence[Sequence[Job]]:
        """The batches that no thread has begun with, and none will."""
        recalled = [answer for answer in self._in_flight if answer.cancel()]
        return [self._in_flight.pop(answer) for answer in recalled]

    def _still_planned(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Those that nobody has started or ended so far."""
        if len(jobs) == 1:
            return [job for job in jobs if self._history.is_planned(job.name)]
        known = self._history.numbered(job.number for job in jobs)
        planned = {job.name for job in known if job.status is JobStatus.PLANNED}
        return [job for job in jobs if job.name in planned]

    def _hear_out(self) -> None:
        while self._in_flight:
            self._hear()

    def _hear(self) -> None:
        """Record what has been answered so far: all of it at once, which is what it costs."""
        answered, _ = wait_for(self._in_flight, return_when=FIRST_COMPLETED)
        outcomes: dict[JobName, Outcome] = {}
        jobs: list[Job] = []
        for answer in answered:
            batch = self._in_flight[answer]
            try:
                outcomes |= answer.result()
            except SubmissionRejected as error:
                self._error = self._error or error
                outcomes |= {job.name: _rejected(error) for job in batch}
            except PlatformError as error:
                self._error = self._error or error
            else:
                jobs += batch
        self._outcomes |= self._history.record(outcomes)
        for answer in answered:
            del self._in_flight[answer]
        self._withdraw(replace(job, outcome=outcomes[job.name]) for job in jobs)
        for job in jobs:
            self._notify(JobSubmitted(replace(job, outcome=self._outcomes[job.name])))

    def _withdraw(self, submitted: Iterable[Job]) -> None:
        """Stop those that somebody has stopped in the history while they were on their way."""
        unwanted = [
            job
            for job in submitted
            if self._outcomes[job.name].status.is_terminal and not job.status.is_terminal
        ]
        if not unwanted:
            return
        try:
            self._platform.stop(unwanted)
            self._platform.release(unwanted)
        except PlatformError as error:
            self._error = self._error or error

    def _give_up(self, waiting: Iterable[Sequence[Job]], reason: str) -> None:
        never = Outcome(status=JobStatus.STOPPED, reason=reason)
        left = [job for batch in waiting for job in batch]
        self._history.record({job.name: never for job in self._still_planned(left)})


def _rejected(error: SubmissionRejected) -> Outcome:
    return Outcome(status=JobStatus.FAILED, reason=error.message)
