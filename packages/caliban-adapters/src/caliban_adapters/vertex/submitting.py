"""Submitting a job so that there is one of it, whatever happens on the way.

The service gives jobs ids of its own and takes each request for a new one. So each job bears its
name as a label. Where one may exist already, because an earlier process planned it or because the
answer to our own request was lost, jobs of that name are looked for first; and since lists show a
new job only after a while, for as long as it takes them to show it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final

from caliban_adapters.gcp.failures import Busy, Refused, Unclear
from caliban_adapters.vertex.custom_job import body, job_filter, outcome_of
from caliban_adapters.vertex.patience import Backoff, Clock, HurriedAway, Pacer
from caliban_adapters.vertex.service import CustomJobs
from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from caliban_domain.names import JobName

LISTED_WITHIN: Final = 15.0  # seconds after which lists show a new job
_LEAST_LOOKS: Final = 4  # after a request of our own whose answer is lost
_BETWEEN_LOOKS: Final = 1.0  # seconds; it grows by so many
_NEVER: Final = Outcome(status=JobStatus.STOPPED, reason="interrupted before submission")


class Submitting:
    """Submits jobs; knows of which of them the service can't have one so far.

    ``say`` is told why that takes longer than it usually does.
    """

    def __init__(self, clock: Clock, backoff: Backoff, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._backoff = backoff
        self._say = say
        self._new: set[JobName] = set()
        self._born = clock.now()
        self._doubted: dict[JobName, float] = {}

    def planned(self, name: JobName) -> None:
        """This process has just made up the job."""
        self._new.add(name)

    def submit(self, spec: JobSpec, service: CustomJobs, pacer: Pacer) -> Outcome:
        """How the job is now: there is exactly one of it. Raises a Failure.

        Who is in a hurry gets jobs that weren't sent yet as STOPPED.
        """
        for tried in count():
            try:
                return outcome_of(self._made(spec, service, pacer))
            except HurriedAway:
                if spec.name in self._new:
                    return _NEVER
                raise Unclear("interrupted while looking for the job") from None
            except Refused as failure:
                if spec.name in self._new:
                    raise
                # Whether there is a job already isn't known, so it can't be said to be rejected.
                raise Unclear(failure.message, hint=failure.hint) from failure
            except (Busy, Unclear) as failure:
                if tried == self._backoff.tries:
                    raise
                self._wait(tried, failure)
        raise AssertionError("count never ends")

    def _made(self, spec: JobSpec, service: CustomJobs, pacer: Pacer) -> dict[str, Any]:
        """The job as the service shows it: found where there may be one, else created."""
        if spec.name not in self._new and (found := self._find(spec.name, service)):
            return found
        self._new.add(spec.name)
        with pacer.turn() as has_waited:
            # Meanwhile another command for the same group may have had its turn.
            if has_waited and (found := self._look(spec.name, service)):
                return found
            try:
                created = service.create(body(spec))
            except Unclear:
                self._doubt(spec.name)
                raise
        self._doubt(spec.name)
        return created

    def _doubt(self, name: JobName) -> None:
        """From now on the service may have the job."""
        self._new.discard(name)
        self._doubted[name] = self._clock.now()

    def _wait(self, tried: int, failure: Busy | Unclear) -> None:
        try:
            self._backoff.wait(tried, failure)
        except HurriedAway:
            raise failure from None

    def _find(self, name: JobName, service: CustomJobs) -> dict[str, Any] | None:
        """The job of this name, once lists are sure to show it; None if there is none."""
        listed = self._doubted.get(name, self._born) + LISTED_WITHIN
        least = _LEAST_LOOKS if name in self._doubted else 1
        for looks in count(1):
            is_last = looks >= least and self._clock.now() >= listed
            if found := self._look(name, service):
                return found
            if is_last:
                break
            self._say(
                f"looking for jobs that may have been submitted before: {LISTED_WITHIN:.0f} s"
            )
            self._clock.sleep(_BETWEEN_LOOKS * looks)
        return None

    def _look(self, name: JobName, service: CustomJobs) -> dict[str, Any] | None:
        """The job of this name that lists show at the moment."""
        found = list(service.listed(job_filter(name)))
        return first_of(found, service) if found else None


def first_of(same: Sequence[dict[str, Any]], service: CustomJobs) -> dict[str, Any]:
    """The job among those of one name: the first; two commands at a time can make another.

    The others, which nobody needs, are ended.
    """
    first, *others = sorted(same, key=lambda job: (job["createTime"], job["name"]))
    for other in others:
        if not outcome_of(other).status.is_terminal:
            with suppress(Refused):  # which has ended by itself
                service.cancel(other["name"])
    return first
