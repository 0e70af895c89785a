"""What a cluster remembers of Jobs that are gone: for about an hour, how they ended."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from caliban_domain.jobs import JobStatus, Outcome

OF_JOBS: Final = "involvedObject.kind=Job"
WARNINGS_OF_JOBS: Final = "involvedObject.kind=Job,type=Warning"

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
