"""What is created, changed and deleted in one namespace of a cluster."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from caliban_adapters.kubernetes import manifest, sweeps
from caliban_adapters.kubernetes.cluster import Cluster, Request
from caliban_adapters.kubernetes.failures import NotThere, Refused, Shut, Taken
from caliban_adapters.kubernetes.manifest import (
    JOB_LABEL,
    QUEUE_LABEL,
    STOPPED_BY,
    Destination,
)
from caliban_adapters.kubernetes.paths import KUEUE, core_path, job_path, jobs_path, queue_path
from caliban_adapters.kubernetes.states import IndexedStates, decided, outcome_of
from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from caliban_domain.names import JobName

_STRICT: Final = {"fieldValidation": "Strict"}
_DRY: Final = {"dryRun": "All"}


class Objects:
    """The Jobs of a namespace. Each method can be repeated, and raises Failure."""

    def __init__(self, cluster: Cluster, destination: Destination) -> None:
        self._cluster = cluster
        self._destination = destination

    def check(self, spec: JobSpec) -> None:
        """Let the cluster look at a Job, and for its queue, without creating anything."""
        job = manifest.manifest(spec)
        if spec.payload.get("indexed"):
            job = sweeps.indexed_job([spec])
            self._create_map(sweeps.config_map([spec]), _DRY)
        if queue := job["metadata"]["labels"].get(QUEUE_LABEL):
            self._check_queue(queue)
        with suppress(Taken):
            self._create(job, _DRY)

    def create(self, spec: JobSpec) -> Outcome:
        """Create the Job of a spec, unless it is there already."""
        try:
            self._create(manifest.manifest(spec), {})
        except Taken:
            return outcome_of(self._ours(spec.name), [], spec.name)
        return Outcome(status=JobStatus.SUBMITTED, handle=spec.name)

    def create_sweep(self, specs: Sequence[JobSpec]) -> Mapping[JobName, Outcome]:
        """Create the two objects of a shard, unless they are there already."""
        arguments = sweeps.config_map(specs)
        name = arguments["metadata"]["name"]
        path = core_path(self._destination, "configmaps")
        # First, because a pod without arguments has nothing to do.
        self._create_map(arguments, {})
        try:
            job = self._create(sweeps.indexed_job(specs), {})
        except Taken:
            job = self._ours(name)
        owned = sweeps.owned_by(job)
        # It only sees to the arguments going with their Job: without, somebody has to delete them.
        with suppress(Refused):
            self._cluster.call(Request("PATCH", f"{path}/{name}", "change a ConfigMap", body=owned))
        return {
            spec.name: Outcome(status=JobStatus.SUBMITTED, handle=sweeps.handle(name, index))
            for index, spec in enumerate(specs)
        }

    def suspend(self, name: str, by: str) -> None:
        """Let no pod of a Job run any more."""
        # Kueue starts what it has admitted, suspended or not: then no pod is wanted.
        spec = {"suspend": True, "parallelism": 0}
        patch = {"metadata": {"annotations": {STOPPED_BY: by}}, "spec": spec}
        path = job_path(self._destination, name)
        with suppress(NotThere):
            job = self._cluster.call(Request("PATCH", path, "stop a Job", body=patch))
            if decided(job):  # which nobody stopped, then
                nobody = {"metadata": {"annotations": {STOPPED_BY: None}}}
                self._cluster.call(Request("PATCH", path, "stop a Job", body=nobody))

    def delete(self, name: str) -> None:
        """Delete a Job with its pods."""
        query = {"propagationPolicy": "Background"}
        with suppress(NotThere):
            path = job_path(self._destination, name)
            self._cluster.call(Request("DELETE", path, "delete a Job", query))

    def going_on(self, name: str) -> int:
        """How many indexes of an Indexed Job haven't ended."""
        with suppress(NotThere):
            job = self._look(name)
            return int(job["spec"].get("completions") or 0) - IndexedStates(job).ended
        return 0

    def _check_queue(self, queue: str) -> None:
        try:
            # What there is may be asked by everybody, unlike what of it is in a namespace.
            kueue = self._cluster.call(Request("GET", KUEUE, "look for Kueue"))
        except NotThere as failure:
            told = f"{self._cluster.title} has no Kueue, so no queues"
            raise Refused(told, hint="leave out --queue, or have Kueue installed") from failure
        path = queue_path(self._destination, queue, kueue["preferredVersion"]["version"])
        try:
            self._cluster.call(Request("GET", path, "look at a queue"))
        except Shut:
            return  # who may not look at queues may still use them
        except NotThere as failure:
            told = f"namespace {self._destination.namespace} has no queue {queue}"
            hint = "kubectl get localqueues shows the queues that there are"
            raise Refused(told, hint=hint) from failure

    def _create_map(self, arguments: Mapping[str, Any], query: Mapping[str, str]) -> None:
        path = core_path(self._destination, "configmaps")
        wish, asked = "create a ConfigMap", {**_STRICT, **query}
        with suppress(Taken):
            self._cluster.call(Request("POST", path, wish, asked, arguments))

    def _create(self, job: Mapping[str, Any], query: Mapping[str, str]) -> Any:
        path = jobs_path(self._destination)
        return self._cluster.call(Request("POST", path, "create a Job", {**_STRICT, **query}, job))

    def _ours(self, name: str) -> Any:
        """The Job that has the name already, which is ours if it says so."""
        found = self._look(name)
        if found["metadata"].get("labels", {}).get(JOB_LABEL) != name:
            namespace = self._destination.namespace
            raise Refused(f"namespace {namespace} has a Job {name} that isn't Caliban's")
        return found

    def _look(self, name: str) -> Any:
        return self._cluster.call(
            Request("GET", job_path(self._destination, name), "look at a Job")
        )
