"""What a cluster remembers of Jobs for about an hour, also of those that are gone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from caliban_domain.jobs import JobStatus, Outcome

OF_JOBS: Final = "involvedObject.kind=Job"
OF_QUEUES: Final = "involvedObject.kind=Workload,reason=Pending"

_ENDS: Final[Mapping[str, JobStatus]] = {
    "Completed": JobStatus.SUCCEEDED,
    "BackoffLimitExceeded": JobStatus.FAILED,
    "DeadlineExceeded": JobStatus.FAILED,
    "PodFailurePolicy": JobStatus.FAILED,
}


def ends(events: Iterable[Mapping[str, Any]]) -> dict[str, Outcome]:
    """How Jobs ended, by their names, as far as events tell."""
    known: dict[str, Outcome] = {}
    for event in events:
        status = _ENDS.get(event.get("reason", ""))
        if status is JobStatus.SUCCEEDED:
            known[event["involvedObject"]["name"]] = Outcome(status=status, exit_code=0)
        elif status:
            message = " ".join(event.get("message", "").split()) or event["reason"]
            known[event["involvedObject"]["name"]] = Outcome(status=status, reason=message)
    return known


def obstacles(events: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What keeps pods of Jobs from being made, by their names: a quota, or a policy."""
    return {
        event["involvedObject"]["name"]: " ".join(event.get("message", "").split())
        for event in events
        if event.get("reason") == "FailedCreate"
    }


def holds(events: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What Kueue says that Jobs wait for, by their names."""
    # It calls what stands for the Job tea-1 job-tea-1-3f0a1.
    return {
        event["involvedObject"]["name"].removeprefix("job-").rpartition("-")[0]: " ".join(
            event.get("message", "").split()
        )
        for event in events
    }


def starts(events: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many pods were made for Jobs, by their names."""
    made: Counter[str] = Counter()
    for event in events:
        if event.get("reason") == "SuccessfulCreate":
            made[event["involvedObject"]["name"]] += event.get("count") or 1
    return made
