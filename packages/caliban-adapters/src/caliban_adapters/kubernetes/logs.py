"""What the pods of a job write, while they run and after."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from caliban_adapters.kubernetes.cluster import Cluster, Request
from caliban_adapters.kubernetes.failures import NotThere, Refused, Shut
from caliban_adapters.kubernetes.manifest import JOB_LABEL, Destination
from caliban_adapters.kubernetes.paths import core_path, job_path, log_path
from caliban_adapters.kubernetes.states import INDEX_LABEL, IndexedStates, job_condition, stopper

Thing = dict[str, Any]

_BETWEEN_LOOKS: Final = 1.0  # seconds
_WRITES: Final = ("Running", "Succeeded", "Failed")
_ENDED: Final = ("Succeeded", "Failed")
_ENDS: Final = ("Complete", "Failed")


class Reading:
    """Reads the log of a Job, or of one index of it. Its methods raise Failure."""

    def __init__(
        self,
        cluster: Cluster,
        destination: Destination,
        spot: tuple[str, int | None],
        sleep: Callable[[float], None],
    ) -> None:
        self._cluster = cluster
        self._destination = destination
        self._name, self._index = spot
        self._sleep = sleep

    def written(self) -> Iterator[bytes]:
        """What the last pod of the job has written so far."""
        pods = [pod for pod in self._pods() if pod["status"].get("phase") in _WRITES]
        if pods:
            yield from self._log(pods[-1], follow=False)
        elif not self._is_there():
            raise NotThere(f"the pods of {self._name} are gone, and what they wrote with them")

    def followed(self) -> Iterator[bytes]:
        """What each pod of the job writes, from the first word to the end of the job."""
        read: set[str] = set()
        while True:
            # Asked in this order, so that no pod begins in between.
            is_over = not self._is_going_on()
            pods = [pod for pod in self._pods() if pod["metadata"]["name"] not in read]
            for pod in pods:
                if pod["status"].get("phase") in _WRITES:
                    yield from self._followed(pod)
                    read.add(pod["metadata"]["name"])
            if is_over:
                return
            self._sleep(_BETWEEN_LOOKS)

    def _followed(self, pod: Thing) -> Iterator[bytes]:
        """One pod's words to its last; a connection that ends too early is begun anew."""
        seen = 0
        while True:
            passed = 0
            for piece in self._log(pod, follow=True):
                fresh = piece[max(0, seen - passed) :]
                passed += len(piece)
                if fresh:
                    seen += len(fresh)
                    yield fresh
            if self._has_ended(pod):
                break
            self._sleep(_BETWEEN_LOOKS)
        passed = 0
        for piece in self._log(pod, follow=False):
            fresh = piece[max(0, seen - passed) :]
            passed += len(piece)
            if fresh:
                yield fresh

    def _log(self, pod: Thing, *, follow: bool) -> Iterator[bytes]:
        container = pod["spec"]["containers"][0]["name"]
        query = {"container": container} | ({"follow": "true"} if follow else {})
        path = log_path(self._destination, pod["metadata"]["name"])
        try:
            yield from self._cluster.stream(Request("GET", path, "read a log", query))
        except Shut:
            raise
        except Refused:
            # A pod without a container has written nothing, and one that is gone nothing more.
            return

    def _pods(self) -> list[Thing]:
        """The pods of the job, oldest first."""
        path = core_path(self._destination, "pods")
        selector = f"{JOB_LABEL}={self._name}"
        if self._index is not None:
            selector = f"{selector},{INDEX_LABEL}={self._index}"
        query = {"labelSelector": selector}
        pods = [pod for page in self._cluster.pages(path, "list pods", query) for pod in page]
        return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))

    def _has_ended(self, pod: Thing) -> bool:
        path = f"{core_path(self._destination, 'pods')}/{pod['metadata']['name']}"
        try:
            found = self._cluster.call(Request("GET", path, "look at a pod"))
        except NotThere:
            return True
        return found["status"].get("phase") in _ENDED

    def _found(self) -> Any:
        path = job_path(self._destination, self._name)
        with suppress(NotThere):
            return self._cluster.call(Request("GET", path, "look at a Job"))
        return None

    def _is_there(self) -> bool:
        return self._found() is not None

    def _is_going_on(self) -> bool:
        job = self._found()
        if job is None or stopper(job):
            return False
        if self._index is not None and IndexedStates(job).has_ended(self._index):
            return False
        return not any(job_condition(job, end) for end in _ENDS)
