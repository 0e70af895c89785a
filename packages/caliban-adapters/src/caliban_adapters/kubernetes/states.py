"""What Kubernetes' words for the life of Jobs mean; a word that no table has is passed on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from caliban_adapters.kubernetes.manifest import QUEUE_LABEL, STOPPED_BY
from caliban_adapters.kubernetes.pods import (
    Thing,
    began,
    disruption,
    end_of,
    line,
    moment,
    waiting_reason,
)
from caliban_domain.jobs import JobStatus, Outcome

INDEX_LABEL: Final = "batch.kubernetes.io/job-completion-index"
"""The label of a pod that says which index of an Indexed Job it is."""

_ENDS: Final[Mapping[str, JobStatus]] = {
    "Complete": JobStatus.SUCCEEDED,
    "SuccessCriteriaMet": JobStatus.SUCCEEDED,
    "Failed": JobStatus.FAILED,
    "FailureTarget": JobStatus.FAILED,
}
"""The conditions that say how a Job ends, or will once the last of its pods is gone."""

_KILLED: Final = (None, 137, 143)
"""The exit codes of pods that were told to end, or are gone."""

_FAILURES: Final[Mapping[str, str | None]] = {
    "BackoffLimitExceeded": None,
    "FailedIndexes": None,
    "MaxFailedIndexesExceeded": None,
    "PodFailurePolicy": None,
    "DeadlineExceeded": "it ran longer than it was allowed to",
}
"""What the reason of a failed Job tells; None where the pod's end tells more."""


def outcome_of(job: Thing, pods: Sequence[Thing], handle: str) -> Outcome:
    """How a Job is, with those of its pods that are known."""
    condition = decided(job)
    # The pods of a Job that is stopped end as if they had failed, and the Job with them.
    if condition and (_ENDS[condition["type"]] is JobStatus.SUCCEEDED or not stopper(job)):
        return _ended(job, condition, pods, handle)
    if stopper(job):
        return _stopped(job, handle)
    if job["spec"].get("suspend"):
        waits = _suspended(job)
        return Outcome(status=JobStatus.SUBMITTED, handle=handle, reason=waits)
    if not (pods or is_indexed(job)) and job["status"].get("ready"):
        # Its pod has ended meanwhile, and the Job is going to say so.
        return Outcome(status=JobStatus.RUNNING, handle=handle)
    return going(pods, handle)


class IndexedStates:
    """How each index of an Indexed Job is."""

    def __init__(self, job: Thing) -> None:
        self._job = job
        status = job.get("status", {})
        self._succeeded = indexes(status.get("completedIndexes", ""))
        self._failed = indexes(status.get("failedIndexes", ""))

    @property
    def ended(self) -> int:
        """How many indexes have ended."""
        return len(self._succeeded) + len(self._failed)

    def has_ended(self, index: int) -> bool:
        """Whether this index has."""
        return index in self._succeeded or index in self._failed

    def outcome(self, index: int, pods: Sequence[Thing], handle: str) -> Outcome:
        """How an index is, with those of its pods that are known."""
        if index in self._succeeded:
            return Outcome(status=JobStatus.SUCCEEDED, exit_code=0, handle=handle)
        if index in self._failed:
            exit_code, reason = end_of(pods)
            if stopper(self._job) and exit_code in _KILLED:
                return _stopped(self._job, handle)
            if exit_code is None and reason is None:
                reason = "its pod is gone"
            return Outcome(
                status=JobStatus.FAILED, exit_code=exit_code, handle=handle, reason=reason
            )
        whole = outcome_of(self._job, pods, handle)
        if whole.status is JobStatus.SUCCEEDED:
            # The list of indexes is written before the condition, so that this one didn't run.
            reason = "its Job was complete without it"
            return Outcome(status=JobStatus.FAILED, handle=handle, reason=reason)
        return whole


def indexes(written: str) -> set[int]:
    """``1,3-5`` as the numbers that it stands for."""
    found: set[int] = set()
    for part in filter(None, written.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def going(pods: Sequence[Thing], handle: str) -> Outcome:
    """How a job is that has not ended."""
    running = [pod for pod in pods if pod["status"].get("phase") == "Running"]
    if running:
        since = min(filter(None, map(began, running)), default=None)
        leaves = next(filter(None, map(disruption, running)), None)
        return Outcome(status=JobStatus.RUNNING, handle=handle, started_at=since, reason=leaves)
    reason = next(filter(None, (waiting_reason(pod) for pod in pods)), None)
    before = [pod for pod in pods if pod["status"].get("phase") == "Failed"]
    if before:
        again = _again(before)
        reason = f"{again}; {reason}" if reason else again
    return Outcome(status=JobStatus.SUBMITTED, handle=handle, reason=reason)


def told_of_losses(outcome: Outcome, times: int) -> Outcome:
    """The outcome of a Job that goes on, of which so many pods are gone that did nothing wrong."""
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    told = f"was preempted, or lost its node, {often}"
    return replace(outcome, reason=f"{told}; {outcome.reason}" if outcome.reason else told)


def decided(job: Thing) -> Thing | None:
    """The condition that says how the Job ends, or will, once that is known."""
    found = (job_condition(job, kind) for kind in _ENDS)
    return next((condition for condition in found if condition), None)


def job_condition(job: Thing, kind: str) -> Thing | None:
    """A condition of the object, if it is true."""
    for condition in job.get("status", {}).get("conditions", ()):
        if condition["type"] == kind and condition["status"] == "True":
            found: Thing = condition
            return found
    return None


def is_indexed(job: Thing) -> bool:
    """Whether a Job has indexes."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def stopper(job: Thing) -> str | None:
    """Who has stopped a Job, if somebody has."""
    by = job["metadata"].get("annotations", {}).get(STOPPED_BY)
    return str(by) if by else None


def _ended(job: Thing, condition: Thing, pods: Sequence[Thing], handle: str) -> Outcome:
    status = job["status"]
    end = _ENDS[condition["type"]]
    started = moment(status.get("startTime"))
    ended = moment(status.get("completionTime") or condition.get("lastTransitionTime"))
    if end is JobStatus.SUCCEEDED:
        return Outcome(status=end, exit_code=0, started_at=started, ended_at=ended, handle=handle)
    exit_code, reason = end_of(pods)
    told = condition.get("reason", "")
    told_more = _FAILURES.get(told, told) or reason
    if told_more is None and exit_code is None:
        told_more = line(condition.get("message", "")) or told
    return Outcome(
        status=end,
        exit_code=exit_code,
        started_at=started,
        ended_at=ended,
        handle=handle,
        reason=told_more,
    )


def _stopped(job: Thing, handle: str) -> Outcome:
    started = moment(job.get("status", {}).get("startTime"))
    reason = f"stopped by {stopper(job)}"
    return Outcome(status=JobStatus.STOPPED, handle=handle, started_at=started, reason=reason)


def _again(ended: Sequence[Thing]) -> str:
    exit_code, reason = end_of(ended)
    count = "1 pod" if len(ended) == 1 else f"{len(ended)} pods"
    return f"is tried again after {count} ended: {reason or f'exit code {exit_code}'}"


def _suspended(job: Thing) -> str:
    queue = job["metadata"].get("labels", {}).get(QUEUE_LABEL)
    return f"waits in the queue {queue}" if queue else "is suspended"
