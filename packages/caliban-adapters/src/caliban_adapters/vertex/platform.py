"""The platform that is Vertex AI: each job is one of its custom jobs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import Any, Final

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.gcp.failures import Failure, NotThere, Refused
from caliban_adapters.vertex import custom_job
from caliban_adapters.vertex.custom_job import Place, Settings, outcome_of, place_of
from caliban_adapters.vertex.log_entries import LogEntries
from caliban_adapters.vertex.patience import Backoff, Pacer, Rate
from caliban_adapters.vertex.service import CustomJobs
from caliban_adapters.vertex.submitting import Submitting, first_of
from caliban_domain.errors import PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName
from caliban_domain.observe import ask_everywhere

_OTHER_REQUESTS: Final = 600  # within a minute
_AT_ONCE: Final = 16
_LOOKS: Final = 5  # at what may be asked again: somebody waits for the answer
_GROUPS: Final = 8  # in one question, whose length is limited
_SKEW: Final = timedelta(days=1)  # by which clocks may differ
_LOOKS_AFTER_STOP: Final = 4
_LOST: Final = Outcome(status=JobStatus.LOST, reason="Vertex AI doesn't know it any more")


class VertexAi:
    """Runs jobs on Vertex AI; threads may share it.

    ``settings`` are those of the jobs to be planned, and not needed for others: each job knows
    where it is. ``by`` is the person who stops jobs; ``say`` is told which of several places
    doesn't answer, and once each what takes its time.
    """

    name: Final = PlatformName.VERTEX

    def __init__(
        self,
        apis: Apis,
        settings: Settings | None = None,
        *,
        by: str = "its user",
        rate: Rate | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._say = say
        self._apis = apis
        self._settings = settings
        self._by = by
        rate = rate or Rate()
        self._clock = rate.clock
        self._per_minute = rate.per_minute
        self._backoff = Backoff(clock=self._clock, tries=_LOOKS, say=self._say_once)
        self._submitting = Submitting(
            self._clock, Backoff(clock=self._clock, say=self._say_once), self._say_once
        )
        self._said: set[str] = set()
        self._cancelling = Pacer(per_minute=_OTHER_REQUESTS, clock=self._clock)
        self._services: dict[Place, CustomJobs] = {}
        self._pacers: dict[Place, Pacer] = {}
        self._lock = Lock()

    def check(self) -> None:
        """Raise PlatformError, with the remedy, where jobs can't be submitted as things are."""
        try:
            self._service(self._plans.place).check()
        except Refused as failure:
            raise PlatformError(failure.message, hint=failure.hint) from failure
        except Failure as failure:
            raise PlatformUnavailable(failure.message, hint=failure.hint) from failure

    def page_of(self, job: Job) -> str | None:
        """The address of a job's page in Google's console."""
        handle = job.outcome.handle
        return custom_job.console_url(place_of(job.spec), handle) if handle else None

    def note_new(self, names: Iterable[JobName]) -> None:
        """These jobs have just been made up, so the service can't have them."""
        for name in names:
            self._submitting.planned(name)

    def hurry(self) -> None:
        """From now on nobody waits: what wasn't sent yet never is."""
        self._clock.hurry()

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        self._submitting.planned(name)
        return custom_job.plan(experiment, image, name, self._plans)

    def submit(self, spec: JobSpec, /) -> Outcome:
        place = place_of(spec)
        try:
            return self._submitting.submit(spec, self._service(place), self._pacer(place))
        except Refused as failure:
            raise SubmissionRejected(failure.message, hint=failure.hint) from failure
        except Failure as failure:
            raise PlatformUnavailable(failure.message, hint=failure.hint) from failure

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        """How the jobs are; those of a place that doesn't answer have no outcome if others do."""
        by_place: defaultdict[Place, list[Job]] = defaultdict(list)
        for job in jobs:
            by_place[place_of(job.spec)].append(job)
        return ask_everywhere(by_place, self._observe, say=self._say)

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        before = self.observe(jobs)
        going = [job for job in jobs if job.name in before and _is_going(before[job.name])]
        with _answers(), ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda job: self._cancel(place_of(job.spec), before[job.name]), going))
        after = dict(before)
        for look in range(_LOOKS_AFTER_STOP):
            if not going:
                break
            self._clock.sleep(2.0**look)
            after |= self.observe(going)
            going = [job for job in going if _is_going(after[job.name])]
        return {name: self._told(before[name], outcome) for name, outcome in after.items()}

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        with _answers():
            handle = job.outcome.handle or self.observe([job])[job.name].handle
            if handle is None:
                return
            service = self._service(place_of(job.spec))
            entries = LogEntries(
                self._apis,
                self._backoff,
                project=place_of(job.spec).project,
                number=handle.rpartition("/")[2],
            )
            since = job.created_at - _SKEW
            if not follow:
                yield from entries.read(since)
                return
            yield from entries.follow(since, lambda: not _is_going(_shown(handle, service)))

    def release(self, jobs: Sequence[Job], /) -> None:
        """Nothing: the service keeps what it knows of ended jobs, and so it should."""

    @property
    def _plans(self) -> Settings:
        if self._settings is None:
            raise ValueError("a platform without settings plans no jobs")
        return self._settings

    def _say_once(self, words: str) -> None:
        with self._lock:
            is_new = words not in self._said
            self._said.add(words)
        if is_new:
            self._say(words)

    def _service(self, place: Place) -> CustomJobs:
        with self._lock:
            new = CustomJobs(self._apis, place, self._backoff)
            return self._services.setdefault(place, new)

    def _pacer(self, place: Place) -> Pacer:
        with self._lock:
            new = Pacer(per_minute=self._per_minute, clock=self._clock)
            return self._pacers.setdefault(place, new)

    def _observe(self, place: Place, jobs: Sequence[Job]) -> Mapping[JobName, Outcome]:
        service = self._service(place)
        with _answers():
            shown = _listed(jobs, service)
            return {
                job.name: outcome_of(first_of(shown[job.name], service))
                if job.name in shown
                else _unlisted(job, service)
                for job in jobs
            }

    def _cancel(self, place: Place, outcome: Outcome) -> None:
        if outcome.handle:
            with self._cancelling.turn(), suppress(Refused):  # which has ended by itself
                self._service(place).cancel(outcome.handle)

    def _told(self, before: Outcome, after: Outcome) -> Outcome:
        if after.status is JobStatus.STOPPED and not before.status.is_terminal:
            return replace(after, reason=f"stopped by {self._by}")
        return after


def _listed(jobs: Sequence[Job], service: CustomJobs) -> Mapping[JobName, Sequence[dict[str, Any]]]:
    """What the service lists under each of the jobs' names."""
    names = {job.name for job in jobs}
    shown: defaultdict[JobName, list[dict[str, Any]]] = defaultdict(list)
    for question in _questions(jobs):
        for found in service.listed(question):
            if (name := custom_job.name_of(found)) in names:
                shown[name].append(found)
    return shown


def _questions(jobs: Sequence[Job]) -> Iterator[str]:
    """The filters that let through, all together, the jobs and hardly any others."""
    since = (min(job.created_at for job in jobs) - _SKEW).isoformat(timespec="seconds")
    filters = sorted({custom_job.group_filter(job.experiment.group) for job in jobs})
    for start in range(0, len(filters), _GROUPS):
        groups = " OR ".join(filters[start : start + _GROUPS])
        yield f'({groups}) AND create_time>="{since}"'


def _unlisted(job: Job, service: CustomJobs) -> Outcome:
    """How a job is that no list shows: it isn't there, unless it is very new."""
    if job.outcome.handle is None:
        return job.outcome
    return _shown(job.outcome.handle, service)


def _shown(handle: str, service: CustomJobs) -> Outcome:
    try:
        return outcome_of(service.shown(handle))
    except NotThere:
        return _LOST


def _is_going(outcome: Outcome) -> bool:
    return outcome.status in (JobStatus.SUBMITTED, JobStatus.RUNNING)


@contextmanager
def _answers() -> Iterator[None]:
    """Of a platform that refuses to say how jobs are, nothing is known: it is unavailable."""
    try:
        yield
    except Failure as failure:
        raise PlatformUnavailable(failure.message, hint=failure.hint) from failure
