"""The platform of Kubernetes clusters: each job is a Job of a namespace, or an index of one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Final, Self

from caliban_adapters.kubernetes import sweeps
from caliban_adapters.kubernetes.cluster import Cluster
from caliban_adapters.kubernetes.failures import Failure, Refused, Shut
from caliban_adapters.kubernetes.logs import Reading
from caliban_adapters.kubernetes.manifest import Destination, destination_of
from caliban_adapters.kubernetes.objects import Objects
from caliban_adapters.kubernetes.surveys import Survey
from caliban_domain.errors import PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName
from caliban_domain.observe import ask_everywhere

_AT_ONCE: Final = 16

Connect = Callable[[Destination], Cluster]
Plan = Callable[[Experiment, ImageRef, JobName], JobSpec]
"""How an experiment runs: its image, and the name of its job."""

Spot = tuple[Destination, str]
"""Where a Job is, and its name."""


class Kubernetes:
    """Runs jobs as Jobs, wherever each is to run: their payload names context and namespace.

    ``plan`` says how those are to run that are planned here; ``by`` is who stops jobs;
    ``say`` is told which of several clusters doesn't answer, and what can't be stopped. Leaving it
    as a context closes its connections. Threads may share it.
    """

    name: Final = PlatformName.K8S

    def __init__(
        self,
        connect: Connect,
        plan: Plan | None = None,
        *,
        by: str = "its user",
        sleep: Callable[[float], None],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connect = connect
        self._say = say
        self._plan = plan
        self._by = by
        self._sleep = sleep
        self._clusters: dict[Destination, Cluster] = {}
        self._connecting = Lock()
        self._stopped: dict[JobName, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for cluster in self._clusters.values():
            cluster.close()

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        if self._plan is None:
            raise ValueError("a platform without a plan plans no jobs")
        spec = self._plan(experiment, image, name)
        if spec.payload.get("indexed"):
            sweeps.check(spec)
        return spec

    def check(self, spec: JobSpec) -> None:
        """Raise PlatformError, with the remedy, where such a job can't be submitted."""
        with _told():
            self._objects(destination_of(spec)).check(spec)

    def submit(self, spec: JobSpec, /) -> Outcome:
        with _told():
            return self._objects(destination_of(spec)).create(spec)

    def batches(self, jobs: Sequence[Job], /) -> Iterable[Sequence[Job]]:
        """Each job by itself; those of an indexed sweep in the parts that one object each takes."""
        yield from ([job] for job in jobs if not _is_indexed(job))
        named = {job.name: job for job in jobs}
        for shard in sweeps.balanced([job.spec for job in jobs if _is_indexed(job)]):
            yield [replace(named[spec.name], spec=spec) for spec in shard]

    def submit_together(self, specs: Sequence[JobSpec], /) -> Mapping[JobName, Outcome]:
        """Start a batch. Idempotent by the jobs' names."""
        if len(specs) == 1:
            return {specs[0].name: self.submit(specs[0])}
        with _told():
            return self._objects(destination_of(specs[0])).create_sweep(specs)

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        """How the jobs are; those of a cluster that doesn't answer have no outcome if others do."""
        outcomes = ask_everywhere(_by_destination(jobs), self._survey, say=self._say)
        self._stopped |= {
            name: outcome.handle
            for name, outcome in outcomes.items()
            if outcome.status is JobStatus.STOPPED and outcome.handle
        }
        return outcomes

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        """Those of a sweep in one object can only be stopped all together; else they go on."""
        before = self.observe(jobs)
        going = [job for job in jobs if job.name in before and _is_going(before[job.name])]
        asked = Counter(_spot(job, before[job.name]) for job in going)
        together = {_spot(job, before[job.name]) for job in going if _index(before[job.name])}
        with ThreadPoolExecutor(_AT_ONCE) as threads, _told(PlatformUnavailable):
            spots = {
                spot
                for spot, count in asked.items()
                if spot not in together or self._objects(spot[0]).going_on(spot[1]) <= count
            }
            if spots != asked.keys():
                told = "a sweep in one object can only be stopped with all of its jobs that go on"
                self._say(f"caliban: {told}")
            list(threads.map(lambda spot: self._objects(spot[0]).suspend(spot[1], self._by), spots))
        stopped = [job for job in going if _spot(job, before[job.name]) in spots]
        ended = {name: known for name, known in before.items() if known.status.is_terminal}
        return {**ended, **(self.observe(stopped) if stopped else {})}

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        destination = destination_of(job.spec)
        with _told(PlatformUnavailable):
            cluster = self._cluster(destination)
            spot = Survey(cluster, destination).spots([job])[job.name]
            reading = Reading(cluster, destination, spot, self._sleep)
            yield from reading.followed() if follow else reading.written()

    def release(self, jobs: Sequence[Job], /) -> None:
        """Delete the Jobs that were stopped, which nothing else will. The others keep their logs.

        An object of a sweep stays: it may hold the ends of others.
        """
        spots = {
            (destination_of(job.spec), handle)
            for job in jobs
            if (handle := self._stopped.get(job.name) or _handle_of_stopped(job))
            and sweeps.place(handle)[1] is None
        }
        with ThreadPoolExecutor(_AT_ONCE) as threads, _told(PlatformUnavailable):
            list(threads.map(lambda spot: self._objects(spot[0]).delete(spot[1]), spots))

    def _survey(self, destination: Destination, jobs: Sequence[Job]) -> Mapping[JobName, Outcome]:
        with _told(PlatformUnavailable):
            return Survey(self._cluster(destination), destination).outcomes(jobs)

    def _objects(self, destination: Destination) -> Objects:
        return Objects(self._cluster(destination), destination)

    def _cluster(self, destination: Destination) -> Cluster:
        with self._connecting:
            if destination not in self._clusters:
                self._clusters[destination] = self._connect(destination)
            return self._clusters[destination]


def _is_indexed(job: Job) -> bool:
    return bool(job.spec.payload.get("indexed"))


def _is_going(outcome: Outcome) -> bool:
    return outcome.status in (JobStatus.SUBMITTED, JobStatus.RUNNING)


def _spot(job: Job, outcome: Outcome) -> Spot:
    name, _ = sweeps.place(outcome.handle or job.name)
    return destination_of(job.spec), name


def _index(outcome: Outcome) -> bool:
    return sweeps.place(outcome.handle or "")[1] is not None


def _handle_of_stopped(job: Job) -> str | None:
    return job.outcome.handle if job.status is JobStatus.STOPPED else None


def _by_destination(jobs: Iterable[Job]) -> Mapping[Destination, Sequence[Job]]:
    there: defaultdict[Destination, list[Job]] = defaultdict(list)
    for job in jobs:
        there[destination_of(job.spec)].append(job)
    return there


@contextmanager
def _told(refusal: type[PlatformError] = SubmissionRejected) -> Iterator[None]:
    """Failures of a cluster as the port promises them."""
    try:
        yield
    except Refused as failure:
        kind = PlatformUnavailable if isinstance(failure, Shut) else refusal
        raise kind(failure.message, hint=failure.hint) from failure
    except Failure as failure:
        raise PlatformUnavailable(failure.message, hint=failure.hint) from failure
