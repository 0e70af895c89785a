"""Which job of a sweep starts next, and when no more of them do."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.retries import Retries


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How a sweep is gone through.

    At most ``parallel`` jobs (1 or more) run at a time. The first ``canary`` jobs must succeed
    before any other starts. Once ``max_failures`` jobs have failed, no more are started; None
    means that all are. A job that runs longer than ``timeout`` seconds is stopped and has failed.
    """

    parallel: int = 1
    canary: int = 0
    max_failures: int | None = None
    timeout: float | None = None
    retries: Retries = field(default_factory=Retries)


class Agenda:
    """The jobs that wait for their turn, in their order, and what has become of the others."""

    def __init__(self, jobs: Sequence[Job], policy: Policy) -> None:
        self.given_up: str | None = None
        """Why no more jobs start, once that is so."""
        self._waiting = deque(jobs)
        self._policy = policy
        self._busy: set[JobName] = set()
        self._failures = 0
        self._canaries = {job.name for job in jobs[: policy.canary]}

    def turns(self) -> Iterator[Job]:
        """The jobs whose turn it is now. Each counts as running from then on."""
        while self._may_start_another():
            job = self._waiting.popleft()
            self._busy.add(job.name)
            yield job

    def leave_out(self, job: Job) -> None:
        """The job is in somebody else's hands: it has no turn here, and nothing hangs on it."""
        self._busy.discard(job.name)
        self._canaries.discard(job.name)

    def waiting(self) -> Sequence[Job]:
        """The jobs that have had no turn."""
        return tuple(self._waiting)

    def repeat(self, ended: Job, attempt: Job) -> None:
        """The attempt takes the place of a job that ended, before everything that waits."""
        self._busy.discard(ended.name)
        if ended.name in self._canaries:
            self._canaries = self._canaries - {ended.name} | {attempt.name}
        self._waiting.appendleft(attempt)

    def close(self, job: Job, outcome: Outcome) -> None:
        """The job has come to an end that is final."""
        self._busy.discard(job.name)
        if outcome.status is JobStatus.SUCCEEDED:
            self._canaries.discard(job.name)
            return
        self._failures += 1
        if job.name in self._canaries:
            self.given_up = self.given_up or f"job {job.number} is a canary and did not succeed"
        elif self._failures == self._policy.max_failures:
            jobs = "1 job" if self._failures == 1 else f"{self._failures} jobs"
            self.given_up = self.given_up or f"{jobs} failed"

    def give_up(self, reason: str) -> Sequence[Job]:
        """Start no more jobs; those that have had no turn."""
        self.given_up = self.given_up or reason
        left = tuple(self._waiting)
        self._waiting.clear()
        return left

    def _may_start_another(self) -> bool:
        if self.given_up or not self._waiting or len(self._busy) >= self._policy.parallel:
            return False
        return not self._canaries or self._waiting[0].name in self._canaries
