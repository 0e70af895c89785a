"""The platform of Kubernetes clusters: each job is a Job of a namespace."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import groupby
from threading import Lock
from typing import Any, Final, Self

from caliban_adapters.kubernetes import manifest
from caliban_adapters.kubernetes.cluster import Cluster, Request
from caliban_adapters.kubernetes.failures import Failure, NotThere, Refused, Shut, Taken
from caliban_adapters.kubernetes.logs import Reading
from caliban_adapters.kubernetes.manifest import Destination, Settings
from caliban_adapters.kubernetes.paths import job_path, jobs_path
from caliban_adapters.kubernetes.states import outcome_of
from caliban_adapters.kubernetes.surveys import Survey
from caliban_domain.errors import PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName

_AT_ONCE: Final = 16
_STRICT: Final = {"fieldValidation": "Strict"}
_DRY: Final = {"dryRun": "All"}

Connect = Callable[[Destination], Cluster]


class Kubernetes:
    """Runs jobs as Jobs, wherever each is to run: their payload names context and namespace.

    ``settings`` are those of jobs to be planned; ``by`` is who stops jobs. Leaving it as a
    context closes its connections.
    """

    name: Final = PlatformName.K8S

    def __init__(
        self,
        connect: Connect,
        *,
        settings: Settings | None = None,
        by: str = "its user",
        sleep: Callable[[float], None],
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._by = by
        self._sleep = sleep
        self._clusters: dict[Destination, Cluster] = {}
        self._connecting = Lock()
        self._stopped: set[JobName] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for cluster in self._clusters.values():
            cluster.close()

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        if self._settings is None:
            raise AssertionError("only a platform with settings plans jobs")
        return manifest.plan(experiment, image, name, self._settings)

    def check(self, spec: JobSpec) -> None:
        """Let the cluster look at a Job without creating it. Raises PlatformError."""
        destination = manifest.destination_of(spec)
        request = _creation(manifest.manifest(spec), destination, _DRY)
        with _told(), suppress(Taken):
            self._cluster(destination).call(request)

    def submit(self, spec: JobSpec, /) -> Outcome:
        destination = manifest.destination_of(spec)
        cluster = self._cluster(destination)
        body = manifest.manifest(spec)
        with _told():
            try:
                cluster.call(_creation(body, destination, {}))
            except Taken:
                return outcome_of(self._taken(cluster, destination, spec), [], spec.name)
        return Outcome(status=JobStatus.SUBMITTED, handle=spec.name)

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        outcomes: dict[JobName, Outcome] = {}
        for destination, there in _by_destination(jobs):
            with _told(PlatformUnavailable):
                survey = Survey(self._cluster(destination), destination)
                outcomes |= survey.outcomes(there)
        self._note_stops(outcomes)
        return outcomes

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        with ThreadPoolExecutor(_AT_ONCE) as threads, _told(PlatformUnavailable):
            list(threads.map(self._suspend, jobs))
        return self.observe(jobs)

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        destination = manifest.destination_of(job.spec)
        with _told():
            reading = Reading(self._cluster(destination), destination, job, self._sleep)
            yield from reading.followed() if follow else reading.written()

    def release(self, jobs: Sequence[Job], /) -> None:
        """Delete the Jobs that were stopped: nothing else will. The others keep their logs."""
        stopped = [
            job
            for job in jobs
            if job.name in self._stopped or (job.status is JobStatus.STOPPED and job.outcome.handle)
        ]
        with ThreadPoolExecutor(_AT_ONCE) as threads, _told(PlatformUnavailable):
            list(threads.map(self._delete, stopped))

    def _cluster(self, destination: Destination) -> Cluster:
        with self._connecting:
            if destination not in self._clusters:
                self._clusters[destination] = self._connect(destination)
            return self._clusters[destination]

    def _taken(self, cluster: Cluster, destination: Destination, spec: JobSpec) -> Any:
        """The Job that has the name already, which is ours if it says so."""
        found = cluster.call(Request("GET", job_path(destination, spec.name), "look at a Job"))
        if found["metadata"].get("labels", {}).get(manifest.JOB_LABEL) != spec.name:
            raise Refused(
                f"namespace {destination.namespace} has a Job {spec.name} that isn't Caliban's"
            )
        return found

    def _suspend(self, job: Job) -> None:
        destination = manifest.destination_of(job.spec)
        patch = {
            "metadata": {"annotations": {manifest.STOPPED_BY: self._by}},
            "spec": {"suspend": True},
        }
        request = Request("PATCH", job_path(destination, job.name), "stop a Job", body=patch)
        with suppress(NotThere):
            self._cluster(destination).call(request)

    def _delete(self, job: Job) -> None:
        destination = manifest.destination_of(job.spec)
        query = {"propagationPolicy": "Background"}
        request = Request("DELETE", job_path(destination, job.name), "delete a Job", query)
        with suppress(NotThere):
            self._cluster(destination).call(request)

    def _note_stops(self, outcomes: Mapping[JobName, Outcome]) -> None:
        self._stopped |= {
            name for name, outcome in outcomes.items() if outcome.status is JobStatus.STOPPED
        }


def _creation(body: Mapping[str, Any], destination: Destination, query: Any) -> Request:
    return Request("POST", jobs_path(destination), "create a Job", {**_STRICT, **query}, body)


def _by_destination(jobs: Iterable[Job]) -> Iterator[tuple[Destination, Sequence[Job]]]:
    def place(job: Job) -> str:
        return manifest.destination_of(job.spec).path

    for _, there in groupby(sorted(jobs, key=place), key=place):
        together = tuple(there)
        yield manifest.destination_of(together[0].spec), together


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
