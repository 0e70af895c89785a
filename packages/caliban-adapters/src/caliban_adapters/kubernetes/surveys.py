"""How many jobs of one namespace are, in a few requests: they grow with pages, not with jobs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from caliban_adapters.kubernetes import events, sweeps
from caliban_adapters.kubernetes.cluster import Cluster, Query
from caliban_adapters.kubernetes.failures import Refused
from caliban_adapters.kubernetes.manifest import JOB_LABEL, Destination, group_selector
from caliban_adapters.kubernetes.paths import core_path, jobs_path
from caliban_adapters.kubernetes.states import INDEX_LABEL, IndexedStates, outcome_of, stopper
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName

Thing = dict[str, Any]
Spot = tuple[str, int | None]
"""The name of a Job, and the index where it has several."""

_UNSUCCESSFUL: Final = "status.phase!=Succeeded"
_PLANNED: Final = JobStatus.PLANNED


class Survey:
    """A look at a namespace of a cluster. Its methods raise Failure."""

    def __init__(self, cluster: Cluster, destination: Destination) -> None:
        self._cluster = cluster
        self._destination = destination

    def outcomes(self, jobs: Sequence[Job]) -> Mapping[JobName, Outcome]:
        """How each of the jobs is."""
        spots = self.spots(jobs)
        selector = _selector(jobs, spots)
        found = self._found(selector)
        wanted = {name for name, _ in spots.values()}
        asked = [thing for name, thing in found.items() if name in wanted]
        pods = self._pods(selector) if any(map(_needs_pods, asked)) else {}
        states = {
            name: IndexedStates(thing)
            for name, thing in found.items()
            if name in wanted and thing["spec"].get("completions")
        }
        missing = [job for job in jobs if spots[job.name][0] not in found]
        ends = self._ends() if any(job.status is not _PLANNED for job in missing) else {}
        obstacles = self._obstacles() if any(map(_has_no_pods, asked)) else {}
        outcomes = {}
        for job in jobs:
            name, index = spot = spots[job.name]
            if name not in found:
                end = ends.get(name) if index is None else None
                outcomes[job.name] = self._missing(job, end)
            elif index is None:
                outcome = outcome_of(found[name], pods.get(spot, ()), name)
                outcomes[job.name] = _explained(outcome, obstacles.get(name))
            else:
                handle = sweeps.handle(name, index)
                outcome = states[name].outcome(index, pods.get(spot, ()), handle)
                outcomes[job.name] = _explained(outcome, obstacles.get(name))
        return outcomes

    def spots(self, jobs: Sequence[Job]) -> Mapping[JobName, Spot]:
        """Where each job is, or would be."""
        spots: dict[JobName, Spot] = {}
        unknown: list[Job] = []
        for job in jobs:
            if job.outcome.handle:
                spots[job.name] = sweeps.place(job.outcome.handle)
            else:
                spots[job.name] = job.name, None
                unknown += [job] if job.spec.payload.get("indexed") else []
        return {**spots, **(self._unrecorded(unknown) if unknown else {})}

    def _unrecorded(self, jobs: Sequence[Job]) -> Mapping[JobName, Spot]:
        """Where jobs are of a sweep whose submission nobody heard the end of."""
        names = {job.name for job in jobs}
        return {
            name: (found["metadata"]["name"], index)
            for page in self._pages("configmaps", {"labelSelector": _selector(jobs, {})})
            for found in page
            for index, name in enumerate(sweeps.names_in(found))
            if name in names
        }

    def _found(self, selector: str) -> dict[str, Thing]:
        query = {"labelSelector": selector}
        pages = self._cluster.pages(jobs_path(self._destination), "list Jobs", query)
        return {_job_of(thing): _lean(thing) for page in pages for thing in page}

    def _pods(self, selector: str) -> Mapping[Spot, Sequence[Thing]]:
        """The pods that run, wait or have failed, by where they belong."""
        query = {"labelSelector": selector, "fieldSelector": _UNSUCCESSFUL}
        pods: defaultdict[Spot, list[Thing]] = defaultdict(list)
        for page in self._pages("pods", query):
            for pod in page:
                index = pod["metadata"].get("labels", {}).get(INDEX_LABEL)
                pods[_job_of(pod), int(index) if index else None].append(_lean(pod))
        return pods

    def _ends(self) -> Mapping[str, Outcome]:
        return events.ends(self._events(events.OF_JOBS))

    def _obstacles(self) -> Mapping[str, str]:
        return events.obstacles(self._events(events.WARNINGS_OF_JOBS))

    def _events(self, selector: str) -> Sequence[Thing]:
        """Events, if the person may see them."""
        with suppress(Refused):
            pages = self._pages("events", {"fieldSelector": selector})
            return [event for page in pages for event in page]
        return ()

    def _pages(self, kind: str, query: Query) -> Iterator[list[Thing]]:
        path = core_path(self._destination, kind)
        return self._cluster.pages(path, f"list {kind}", query)

    def _missing(self, job: Job, end: Outcome | None) -> Outcome:
        if job.status is _PLANNED:
            return job.outcome
        namespace = self._destination.namespace
        reason = f"its Job is gone from namespace {namespace}, and its end with it"
        return end or Outcome(status=JobStatus.LOST, reason=reason)


def _selector(jobs: Sequence[Job], spots: Mapping[JobName, Spot]) -> str:
    objects = {name for name, _ in spots.values()}
    if len(objects) == 1:
        return f"{JOB_LABEL}={objects.pop()}"
    groups = {job.experiment.group for job in jobs}
    return group_selector(groups.pop()) if len(groups) == 1 else JOB_LABEL


def _job_of(thing: Thing) -> str:
    return str(thing["metadata"].get("labels", {}).get(JOB_LABEL, ""))


def _needs_pods(job: Thing) -> bool:
    """Whether its pods tell more of a Job: it hasn't ended, or not well."""
    ended_well = job["status"].get("completionTime")
    return not (ended_well or job["spec"].get("suspend") or stopper(job))


def _has_no_pods(job: Thing) -> bool:
    """Whether a Job that should have pods has none, which something must keep from being made."""
    status = job["status"]
    counts = ("active", "succeeded", "failed", "terminating")
    is_new = "startTime" not in status
    return _needs_pods(job) and not is_new and not any(status.get(count) for count in counts)


def _explained(outcome: Outcome, obstacle: str | None) -> Outcome:
    if outcome.status is JobStatus.SUBMITTED and outcome.reason is None and obstacle:
        return replace(outcome, reason=obstacle)
    return outcome


def _lean(thing: Thing) -> Thing:
    """What is looked at of an object: of ten thousand, the rest would fill the memory."""
    metadata = {
        key: thing["metadata"][key]
        for key in ("name", "labels", "annotations", "creationTimestamp")
        if key in thing["metadata"]
    }
    spec = {key: value for key, value in thing["spec"].items() if key in _LOOKED_AT}
    if spec.get("completionMode") != "Indexed":
        spec.pop("completions", None)
    return {"metadata": metadata, "spec": spec, "status": thing.get("status", {})}


_LOOKED_AT: Final = ("suspend", "completions", "completionMode")
