"""How many jobs of one namespace are, in a few requests: they grow with pages, not with jobs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from caliban_adapters.kubernetes import events, sweeps
from caliban_adapters.kubernetes.cluster import Cluster, Query
from caliban_adapters.kubernetes.failures import Refused
from caliban_adapters.kubernetes.manifest import (
    JOB_LABEL,
    QUEUE_LABEL,
    Destination,
    group_selector,
)
from caliban_adapters.kubernetes.paths import core_path, jobs_path
from caliban_adapters.kubernetes.pods import is_active
from caliban_adapters.kubernetes.states import (
    INDEX_LABEL,
    IndexedStates,
    decided,
    is_indexed,
    outcome_of,
    stopper,
    told_of_losses,
)
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
        wanted = {name for name, _ in spots.values()}
        found = {name: job for name, job in self._found(selector).items() if name in wanted}
        gone = [job for job in jobs if spots[job.name][0] not in found]
        are_lost = any(job.status is not _PLANNED for job in gone)
        # Before the pods, so that what events tell of is among these, or gone.
        wants = are_lost or any(map(_is_remarked_on, found.values()))
        remarks = self._remarks(events.OF_JOBS) if wants else ()
        holds = self._remarks(events.OF_QUEUES) if any(map(_is_queued, found.values())) else ()
        pods = self._pods(selector) if any(map(_needs_pods, found.values())) else {}
        seen = _Seen(found, pods, remarks, holds)
        return {
            job.name: seen.outcome(spot) if spot[0] in found else self._gone(job, spot, seen.ends)
            for job in jobs
            for spot in [spots[job.name]]
        }

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
        """Where jobs are of a sweep whose submission nobody heard the end of.

        Of several tries one at most went as far as a Job.
        """
        names, selector = {job.name for job in jobs}, _selector(jobs, {})
        tries = [
            (name, (found["metadata"]["name"], index))
            for page in self._pages("configmaps", {"labelSelector": selector})
            for found in page
            for index, name in enumerate(sweeps.names_in(found))
            if name in names
        ]
        there = self._found(selector) if len({spot[0] for _, spot in tries}) > 1 else {}
        return dict(sorted(tries, key=lambda one: one[1][0] in there))

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
                name, lean = _job_of(pod), _lean(pod)
                pods[name, None].append(lean)
                if index := pod["metadata"].get("labels", {}).get(INDEX_LABEL):
                    pods[name, int(index)].append(lean)
        return pods

    def _remarks(self, selector: str) -> Sequence[Thing]:
        """Events, if the person may see them."""
        with suppress(Refused):
            pages = self._pages("events", {"fieldSelector": selector})
            return [event for page in pages for event in page]
        return ()

    def _pages(self, kind: str, query: Query) -> Iterator[list[Thing]]:
        path = core_path(self._destination, kind)
        return self._cluster.pages(path, f"list {kind}", query)

    def _gone(self, job: Job, spot: Spot, ends: Mapping[str, Outcome]) -> Outcome:
        if job.status is _PLANNED:
            return job.outcome
        name, index = spot
        end = ends.get(name)
        # A sweep that failed doesn't say which of its indexes did.
        if end and (index is None or end.status is JobStatus.SUCCEEDED):
            return end
        namespace = self._destination.namespace
        reason = f"its Job is gone from namespace {namespace}, and its end with it"
        return Outcome(status=JobStatus.LOST, reason=reason)


class _Seen:
    """Jobs, their pods and the events about them, of one look."""

    def __init__(
        self,
        jobs: Mapping[str, Thing],
        pods: Mapping[Spot, Sequence[Thing]],
        remarks: Sequence[Thing],
        holds: Sequence[Thing],
    ) -> None:
        self.ends = events.ends(remarks)
        self._jobs = jobs
        self._pods = pods
        self._obstacles = events.obstacles(remarks)
        self._starts = events.starts(remarks)
        self._holds = events.holds(holds)
        self._indexed = {name: IndexedStates(job) for name, job in jobs.items() if is_indexed(job)}

    def outcome(self, spot: Spot) -> Outcome:
        """How the Job is, or the index of it."""
        name, index = spot
        job, pods = self._jobs[name], self._pods.get(spot, ())
        if index is not None:
            handle = sweeps.handle(name, index)
            outcome = self._indexed[name].outcome(index, pods, handle)
        else:
            outcome = outcome_of(job, pods, name)
            counted = job["status"].get("active", 0) + job["status"].get("failed", 0)
            lost = self._starts[name] - max(len(pods), counted)
            if lost > 0 and job["spec"].get("completions") == 1 and any(map(is_active, pods)):
                return told_of_losses(outcome, lost)
        if (hold := self._holds.get(name)) and _is_queued(job):
            return replace(outcome, reason=f"{outcome.reason}: {hold}")
        obstacle = self._obstacles.get(name)
        if outcome.status is JobStatus.SUBMITTED and outcome.reason is None and obstacle:
            return replace(outcome, reason=obstacle)
        return outcome


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


def _is_remarked_on(job: Thing) -> bool:
    """Whether events tell more of a Job: it has none of its pods, or may have lost some."""
    return _has_no_pods(job) or (_is_going(job) and not is_indexed(job))


def _is_queued(job: Thing) -> bool:
    """Whether it waits in a queue of Kueue."""
    queued = QUEUE_LABEL in job["metadata"].get("labels", {})
    return queued and bool(job["spec"].get("suspend")) and not (stopper(job) or decided(job))


def _is_going(job: Thing) -> bool:
    return "startTime" in job["status"] and _needs_pods(job) and not decided(job)


def _lean(thing: Thing) -> Thing:
    """What is looked at of an object: of ten thousand, the rest would fill the memory."""
    metadata = {
        key: thing["metadata"][key]
        for key in ("name", "labels", "annotations", "creationTimestamp")
        if key in thing["metadata"]
    }
    spec = {key: value for key, value in thing["spec"].items() if key in _LOOKED_AT}
    return {"metadata": metadata, "spec": spec, "status": thing.get("status", {})}


_LOOKED_AT: Final = ("suspend", "completions", "completionMode")
