"""What Kubernetes' words for the life of Jobs and pods mean.

Every table is total: a word that isn't in it is passed on as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from caliban_adapters.kubernetes.manifest import QUEUE_LABEL, STOPPED_BY
from caliban_domain.jobs import JobStatus, Outcome

Thing = Mapping[str, Any]
"""An object of Kubernetes, as its interface writes it."""

INDEX_LABEL: Final = "batch.kubernetes.io/job-completion-index"
"""The label of a pod that says which index of an Indexed Job it is."""

_ENDS: Final[Mapping[str, JobStatus]] = {
    "Complete": JobStatus.SUCCEEDED,
    "SuccessCriteriaMet": JobStatus.SUCCEEDED,
    "Failed": JobStatus.FAILED,
    "FailureTarget": JobStatus.FAILED,
}
"""The conditions that say how a Job ends, or will once the last of its pods is gone."""

_FAILURES: Final[Mapping[str, str | None]] = {
    "BackoffLimitExceeded": None,
    "FailedIndexes": None,
    "MaxFailedIndexesExceeded": None,
    "PodFailurePolicy": None,
    "DeadlineExceeded": "it ran longer than it was allowed to",
}
"""What the reason of a failed Job tells; None where the pod's end tells more."""

_WAITING: Final[Mapping[str, str]] = {
    "ContainerCreating": "its container is being made",
    "PodInitializing": "its container is being made",
    "ErrImagePull": "the image {image} can't be pulled",
    "ImagePullBackOff": "the image {image} can't be pulled",
    "ErrImageNeverPull": "the image {image} isn't on the node, which may not pull it",
    "InvalidImageName": "{image} is not the name of an image",
    "CreateContainerConfigError": "its container can't be configured",
    "CreateContainerError": "its container can't be made",
    "RunContainerError": "its container can't be started",
}

_TERMINATED: Final[Mapping[str, str]] = {
    "OOMKilled": "out of memory",
    "ContainerCannotRun": "its container couldn't be started",
    "StartError": "its container couldn't be started",
    "ContainerStatusUnknown": "its node was lost",
}

_POD_ENDS: Final[Mapping[str, str]] = {
    "Evicted": "its node evicted it",
    "Preempting": "a more important pod took its place",
    "Preempted": "a more important pod took its place",
    "NodeLost": "its node was lost",
    "NodeShutdown": "its node was shut down",
    "Terminated": "its node was shut down",
    "DeadlineExceeded": "it ran longer than it was allowed to",
    "OutOfcpu": "its node had no CPU left",
    "OutOfmemory": "its node had no memory left",
    "UnexpectedAdmissionError": "its node couldn't take it",
}


def outcome_of(job: Thing, pods: Sequence[Thing], handle: str) -> Outcome:
    """How a Job is, with those of its pods that are known."""
    status = job.get("status", {})
    if decided := _decided(status):
        return _ended(job, decided, pods, handle)
    started = moment(status.get("startTime"))
    if by := stopper(job):
        return Outcome(
            status=JobStatus.STOPPED, handle=handle, started_at=started, reason=f"stopped by {by}"
        )
    if job["spec"].get("suspend"):
        waits = _suspended(job)
        return Outcome(status=JobStatus.SUBMITTED, handle=handle, reason=waits)
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
        began = min(filter(None, (_began(pod) for pod in running)), default=None)
        return Outcome(status=JobStatus.RUNNING, handle=handle, started_at=began)
    reason = next(filter(None, (waiting_reason(pod) for pod in pods)), None)
    before = [pod for pod in pods if pod["status"].get("phase") == "Failed"]
    if before:
        again = _again(before)
        reason = f"{again}; {reason}" if reason else again
    return Outcome(status=JobStatus.SUBMITTED, handle=handle, reason=reason)


def end_of(pods: Iterable[Thing]) -> tuple[int | None, str | None]:
    """The exit code of the pod that failed last, and why, where that isn't plain."""
    failed = [pod for pod in pods if pod["status"].get("phase") == "Failed"]
    if not failed:
        return None, None
    pod = max(failed, key=lambda one: str(_end(one) or ""))
    status = pod["status"]
    reason = _POD_ENDS.get(status.get("reason", ""), status.get("reason"))
    ended = _terminated(pod)
    if ended is None:
        return None, reason or status.get("message")
    why = ended.get("reason", "Error")
    if why != "Error":
        reason = reason or _TERMINATED.get(why, why)
    return ended.get("exitCode"), reason


def waiting_reason(pod: Thing) -> str | None:
    """Why a pod doesn't run yet, in words; None where nothing is known, or nothing is wrong."""
    status = pod["status"]
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            message = _line(condition.get("message", ""))
            return f"no node for it: {message}" if message else "no node for it"
    for container in status.get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting")
        if waiting:
            return _waiting(waiting, container)
    return None


def job_condition(job: Thing, kind: str) -> Thing | None:
    """A condition of the object, if it is true."""
    return _true_condition(job.get("status", {}), kind)


def stopper(job: Thing) -> str | None:
    """Who has stopped a Job, if somebody has."""
    by = job["metadata"].get("annotations", {}).get(STOPPED_BY)
    return str(by) if by else None


def moment(written: str | None) -> datetime | None:
    """A time of Kubernetes."""
    return datetime.fromisoformat(written) if written else None


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
        told_more = _line(condition.get("message", "")) or told
    return Outcome(
        status=end,
        exit_code=exit_code,
        started_at=started,
        ended_at=ended,
        handle=handle,
        reason=told_more,
    )


def _decided(status: Thing) -> Thing | None:
    found = (_true_condition(status, kind) for kind in _ENDS)
    return next((condition for condition in found if condition), None)


def _again(ended: Sequence[Thing]) -> str:
    exit_code, reason = end_of(ended)
    count = "1 pod" if len(ended) == 1 else f"{len(ended)} pods"
    return f"is tried again after {count} ended: {reason or f'exit code {exit_code}'}"


def _true_condition(status: Thing, kind: str) -> Thing | None:
    for condition in status.get("conditions", ()):
        if condition["type"] == kind and condition["status"] == "True":
            found: Thing = condition
            return found
    return None


def _suspended(job: Thing) -> str:
    queue = job["metadata"].get("labels", {}).get(QUEUE_LABEL)
    return f"waits in the queue {queue}" if queue else "is suspended"


def _waiting(waiting: Thing, container: Thing) -> str:
    told = waiting.get("reason", "waits")
    words = _WAITING.get(told, told).format(image=container.get("image", ""))
    message = _line(waiting.get("message", ""))
    return f"{words}: {message}" if message else words


def _terminated(pod: Thing) -> Thing | None:
    for container in pod["status"].get("containerStatuses", ()):
        ended: Thing | None = container.get("state", {}).get("terminated")
        if ended:
            return ended
    return None


def _end(pod: Thing) -> str | None:
    ended = _terminated(pod)
    return ended.get("finishedAt") if ended else None


def _began(pod: Thing) -> datetime | None:
    for container in pod["status"].get("containerStatuses", ()):
        if running := container.get("state", {}).get("running"):
            return moment(running.get("startedAt"))
    return moment(pod["status"].get("startTime"))


def _line(text: str) -> str:
    return " ".join(text.split())
