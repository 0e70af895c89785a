"""What a cluster remembers of Jobs that are gone: for about an hour, how they ended."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from caliban_domain.jobs import JobStatus, Outcome

SELECTOR: Final = "involvedObject.kind=Job"

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
