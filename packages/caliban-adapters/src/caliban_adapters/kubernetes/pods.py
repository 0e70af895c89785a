"""What pods tell: what they wait for, since when they run, and how they ended.

Every table is total: a word that isn't in it is passed on as it is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

Thing = Mapping[str, Any]
"""An object of Kubernetes, as its interface writes it."""

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

_DISRUPTIONS: Final[Mapping[str, str]] = {
    "PreemptionByScheduler": "a more important pod took its place",
    "DeletionByTaintManager": "its node stopped answering",
    "EvictionByEvictionAPI": "somebody emptied its node",
    "DeletionByPodGC": "its node was lost",
    "TerminationByKubelet": "its node was shut down",
}


def is_active(pod: Thing) -> bool:
    """Whether a pod runs, or waits to."""
    return pod["status"].get("phase") in ("Pending", "Running")


def end_of(pods: Iterable[Thing]) -> tuple[int | None, str | None]:
    """The exit code of the pod that failed last, and why, where that isn't plain."""
    failed = [pod for pod in pods if pod["status"].get("phase") == "Failed"]
    if not failed:
        return None, None
    pod = max(failed, key=lambda one: str(_end(one) or ""))
    status = pod["status"]
    reason = _POD_ENDS.get(status.get("reason", ""), status.get("reason")) or disruption(pod)
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
            message = line(condition.get("message", ""))
            return f"no node for it: {message}" if message else "no node for it"
    for container in status.get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting")
        if waiting:
            return _waiting(waiting, container)
    return None


def disruption(pod: Thing) -> str | None:
    """Why a pod has to go that did nothing wrong, if it has to."""
    for condition in pod["status"].get("conditions", ()):
        if (condition["type"], condition["status"]) == ("DisruptionTarget", "True"):
            told = str(condition.get("reason", ""))
            return _DISRUPTIONS.get(told, told)
    return None


def began(pod: Thing) -> datetime | None:
    """Since when it runs."""
    for container in pod["status"].get("containerStatuses", ()):
        if running := container.get("state", {}).get("running"):
            return moment(running.get("startedAt"))
    return moment(pod["status"].get("startTime"))


def moment(written: str | None) -> datetime | None:
    """A time of Kubernetes."""
    return datetime.fromisoformat(written) if written else None


def line(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def _waiting(waiting: Thing, container: Thing) -> str:
    told = waiting.get("reason", "waits")
    words = _WAITING.get(told, told).format(image=container.get("image", ""))
    message = line(waiting.get("message", ""))
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
