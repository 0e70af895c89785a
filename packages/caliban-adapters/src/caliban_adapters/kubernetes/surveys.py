"""How many jobs of one namespace are, in a few requests: they grow with pages, not with jobs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from caliban_adapters.kubernetes import events
from caliban_adapters.kubernetes.cluster import Cluster, Query
from caliban_adapters.kubernetes.failures import Refused
from caliban_adapters.kubernetes.manifest import JOB_LABEL, Destination, group_selector
from caliban_adapters.kubernetes.paths import core_path, jobs_path
from caliban_adapters.kubernetes.states import outcome_of, stopper
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName

Thing = dict[str, Any]

_UNSUCCESSFUL: Final = "status.phase!=Succeeded"


class Survey:
    """A look at a namespace of a cluster. Its methods raise Failure."""

    def __init__(self, cluster: Cluster, destination: Destination) -> None:
        self._cluster = cluster
        self._destination = destination

    def outcomes(self, jobs: Sequence[Job]) -> Mapping[JobName, Outcome]:
        """How each of the jobs is."""
        selector = _selector(jobs)
        found = self._found(selector)
        there = [found[job.name] for job in jobs if job.name in found]
        pods = self._pods(selector) if any(map(_needs_pods, there)) else {}
        gone = [job for job in jobs if job.name not in found and job.status is not _PLANNED]
        ends = self._remembered() if gone else {}
        outcomes = {}
        for job in jobs:
            if thing := found.get(job.name):
                outcomes[job.name] = outcome_of(thing, pods.get(job.name, ()), job.name)
            elif job.status is _PLANNED:
                outcomes[job.name] = job.outcome
            else:
                outcomes[job.name] = ends.get(job.name) or self._lost()
        return outcomes

    def _found(self, selector: str) -> dict[str, Thing]:
        query = {"labelSelector": selector}
        pages = self._cluster.pages(jobs_path(self._destination), "list Jobs", query)
        return {_job_of(thing): _lean(thing) for page in pages for thing in page}

    def _pods(self, selector: str) -> Mapping[str, Sequence[Thing]]:
        """The pods that run, wait or have failed, by the names of their jobs."""
        query = {"labelSelector": selector, "fieldSelector": _UNSUCCESSFUL}
        pods: defaultdict[str, list[Thing]] = defaultdict(list)
        for page in self._pages("pods", query):
            for pod in page:
                pods[_job_of(pod)].append(_lean(pod))
        return pods

    def _remembered(self) -> Mapping[str, Outcome]:
        with suppress(Refused):
            pages = self._pages("events", {"fieldSelector": events.SELECTOR})
            return events.ends(event for page in pages for event in page)
        return {}

    def _pages(self, kind: str, query: Query) -> Iterator[list[Thing]]:
        path = core_path(self._destination, kind)
        return self._cluster.pages(path, f"list {kind}", query)

    def _lost(self) -> Outcome:
        namespace = self._destination.namespace
        reason = f"its Job is gone from namespace {namespace}, and its end with it"
        return Outcome(status=JobStatus.LOST, reason=reason)


_PLANNED: Final = JobStatus.PLANNED


def _selector(jobs: Sequence[Job]) -> str:
    if len(jobs) == 1:
        return f"{JOB_LABEL}={jobs[0].name}"
    groups = {job.experiment.group for job in jobs}
    return group_selector(groups.pop()) if len(groups) == 1 else JOB_LABEL


def _job_of(thing: Thing) -> str:
    return str(thing["metadata"].get("labels", {}).get(JOB_LABEL, ""))


def _needs_pods(job: Thing) -> bool:
    """Whether its pods tell more of a Job: it hasn't ended, or has failed."""
    ended_well = job.get("status", {}).get("completionTime")
    return not (ended_well or job["spec"].get("suspend") or stopper(job))


def _lean(thing: Thing) -> Thing:
    """What is looked at of an object: of ten thousand, the rest would fill the memory."""
    metadata = {
        key: thing["metadata"][key]
        for key in ("name", "labels", "annotations", "creationTimestamp")
        if key in thing["metadata"]
    }
    spec = {key: value for key, value in thing["spec"].items() if key in ("suspend", "completions")}
    return {"metadata": metadata, "spec": spec, "status": thing.get("status", {})}
