"""When a Job ends, how, and which conditions say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fakes.kubernetes.progress import Progress, Verdict
from fakes.kubernetes.resources import Thing

CONDITIONS: Final = {
    True: ("SuccessCriteriaMet", "Complete"),
    False: ("FailureTarget", "Failed"),
}
"""By success: what is said at once, and what is said when no pod is left."""


@dataclass(frozen=True)
class Ending:
    """How a Job ends."""

    reason: str
    message: str
    succeeded: bool = False


_COMPLETE: Final = Ending(
    "CompletionsReached", "Reached expected number of succeeded pods", succeeded=True
)


def ending(
    job: Thing, progress: Progress, found: Verdict | None, *, now: datetime, active: int
) -> Ending | None:
    """How a Job ends that does: as it has begun to, or as its pods make it."""
    spec, status = job["spec"], job.get("status") or {}
    for succeeded, (first, _) in CONDITIONS.items():
        if begun := _true(status, first):
            return Ending(begun["reason"], begun["message"], succeeded)
    if found:
        return Ending("PodFailurePolicy", found.message)
    started, deadline = status.get("startTime"), spec.get("activeDeadlineSeconds")
    counts = deadline is not None and not spec.get("suspend")
    if started and counts and seconds_since(started, now) >= deadline:
        return Ending("DeadlineExceeded", "Job was active longer than specified deadline")
    if progress.failures.total() > spec["backoffLimit"]:
        return Ending("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    most = spec.get("maxFailedIndexes")
    if most is not None and len(progress.failed_indexes) > most:
        return Ending(
            "MaxFailedIndexesExceeded",
            "Job has exceeded the specified maximal number of failed indexes",
        )
    return _completion(spec, progress, active)


def condition(status: Thing, kind: str, end: Ending, *, now: str) -> list[dict[str, Any]]:
    """The conditions of a status, and this one, which is true, in place of one of its type."""
    others = [one for one in status.get("conditions") or () if one["type"] != kind]
    new = {"type": kind, "status": "True", "reason": end.reason, "message": end.message}
    return [*others, new | {"lastTransitionTime": now, "lastProbeTime": now}]


def no_longer(status: Thing, kind: str) -> list[dict[str, Any]]:
    """The conditions of a status, of which one isn't true any more."""
    return [
        {**one, "status": "False"} if one["type"] == kind else one
        for one in status.get("conditions") or ()
    ]


def seconds_since(moment: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(moment)).total_seconds()


def is_true(status: Mapping[str, Any], kind: str) -> bool:
    return _true(status, kind) is not None


def _true(status: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    for one in status.get("conditions") or ():
        if (one["type"], one["status"]) == (kind, "True"):
            found: dict[str, Any] = one
            return found
    return None


def _completion(spec: Thing, progress: Progress, active: int) -> Ending | None:
    completions: int | None = spec.get("completions")
    if completions is None:
        return _COMPLETE if progress.succeeded and not active else None
    if spec.get("completionMode") == "Indexed":
        if len(progress.completed_indexes) >= completions:
            return _COMPLETE
        if len(progress.completed_indexes | progress.failed_indexes) >= completions:
            return Ending("FailedIndexes", "Job has failed indexes")
        return None
    return _COMPLETE if progress.succeeded >= completions else None
