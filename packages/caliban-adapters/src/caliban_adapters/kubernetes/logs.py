"""What the pods of a job write, while they run and after."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from caliban_adapters.kubernetes.cluster import Cluster, Request
from caliban_adapters.kubernetes.failures import NotThere, Refused, Shut
from caliban_adapters.kubernetes.manifest import CONTAINER, JOB_LABEL, Destination
from caliban_adapters.kubernetes.paths import core_path, job_path, log_path
from caliban_adapters.kubernetes.states import job_condition
from caliban_domain.jobs import Job

_BETWEEN_LOOKS: Final = 1.0  # seconds
_WRITES: Final = ("Running", "Succeeded", "Failed")
_ENDED: Final = ("Succeeded", "Failed")
_ENDS: Final = ("Complete", "Failed")


class Reading:
    """Reads the log of one job. Its methods raise Failure."""

    def __init__(
        self, cluster: Cluster, destination: Destination, job: Job, sleep: Callable[[float], None]
    ) -> None:
        self._cluster = cluster
        self._destination = destination
        self._job = job
        self._sleep = sleep

    def written(self) -> Iterator[bytes]:
        """What the last pod of the job has written so far."""
        pods = [pod for pod in self._pods() if pod["status"].get("phase") in _WRITES]
        if pods:
            yield from self._log(pods[-1]["metadata"]["name"], follow=False)
        elif not self._is_there():
            raise NotThere(
                f"the pods of job {self._job.number} are gone, and what they wrote with them"
            )

    def followed(self) -> Iterator[bytes]:
        """What each pod of the job writes, from the first word to the end of the job."""
        read: set[str] = set()
        while True:
            # Asked in this order, so that no pod begins in between.
            is_over = not self._is_going_on()
            pods = [pod for pod in self._pods() if pod["metadata"]["name"] not in read]
            for pod in pods:
                if pod["status"].get("phase") in _WRITES:
                    name = pod["metadata"]["name"]
                    yield from self._followed(name)
                    read.add(name)
            if is_over:
                return
            self._sleep(_BETWEEN_LOOKS)

    def _followed(self, pod: str) -> Iterator[bytes]:
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

    def _log(self, pod: str, *, follow: bool) -> Iterator[bytes]:
        query = {"container": CONTAINER} | ({"follow": "true"} if follow else {})
        path = log_path(self._destination, pod)
        try:
            yield from self._cluster.stream(Request("GET", path, "read a log", query))
        except Shut:
            raise
        except Refused:
            # A pod without a container has written nothing, and one that is gone nothing more.
            return

    def _pods(self) -> list[dict[str, Any]]:
        """The pods of the job, oldest first."""
        path = core_path(self._destination, "pods")
        query = {"labelSelector": f"{JOB_LABEL}={self._job.name}"}
        pods = [pod for page in self._cluster.pages(path, "list pods", query) for pod in page]
        return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))

    def _has_ended(self, pod: str) -> bool:
        path = f"{core_path(self._destination, 'pods')}/{pod}"
        try:
            found = self._cluster.call(Request("GET", path, "look at a pod"))
        except NotThere:
            return True
        return found["status"].get("phase") in _ENDED

    def _found(self) -> Any:
        path = job_path(self._destination, self._job.name)
        with suppress(NotThere):
            return self._cluster.call(Request("GET", path, "look at a Job"))
        return None

    def _is_there(self) -> bool:
        return self._found() is not None

    def _is_going_on(self) -> bool:
        job = self._found()
        if job is None or job["spec"].get("suspend"):
            return False
        return not any(job_condition(job, end) for end in _ENDS)
