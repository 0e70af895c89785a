"""What pods write, and how it is read: whole, its end, or as it comes."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from fakes.kubernetes.lists import Query
from fakes.kubernetes.resources import PODS, Thing
from fakes.kubernetes.statuses import Status, bad_request, internal
from fakes.kubernetes.store import Store, key_of
from fakes.refusals import Refused

_STEP: Final = 0.25


class Logs:
    """The logs of all pods, each line with its moment."""

    def __init__(self, store: Store, ended: threading.Event) -> None:
        self._store = store
        self._ended = ended
        self._written: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)

    def write(self, pod: Thing, text: str | bytes, now: str) -> None:
        """A pod writes; those who follow hear it."""
        content = text.encode() if isinstance(text, str) else text
        lines = content.splitlines(keepends=True)
        self._written[pod["metadata"]["uid"]] += [(now, line) for line in lines]
        self._store.wake()

    def read(self, pod: Thing, query: Query) -> Iterator[bytes]:
        """What a pod has written. Refused if its container hasn't started."""
        state = self._state(pod, query)
        if state is None:
            return iter(())
        if waiting := state.get("waiting"):
            raise Refused(_waits(pod, query, waiting["reason"]))
        if pod["status"].get("reason") == "NodeLost":
            raise Refused(
                internal(
                    'Get "https://10.0.0.1:10250/containerLogs/": dial tcp 10.0.0.1:10250: '
                    "connect: no route to host"
                )
            )
        return self._lines(pod, query)

    def _lines(self, pod: Thing, query: Query) -> Iterator[bytes]:
        written, told = self._written[pod["metadata"]["uid"]], 0
        if tail := query.get("tailLines"):
            told = max(0, len(written) - int(tail))
        left = int(query.get("limitBytes") or 0) or None
        while True:
            is_over = not self._goes_on(pod)
            for moment, line in written[told:]:
                told += 1
                piece = f"{moment} ".encode() + line if query.get("timestamps") == "true" else line
                yield piece[:left]
                left = None if left is None else left - len(piece)
                if left is not None and left <= 0:
                    return
            if is_over or query.get("follow") != "true" or self._ended.is_set():
                return
            version = self._store.version
            self._store.wait(version, _STEP)

    def _goes_on(self, pod: Thing) -> bool:
        now = self._store.find(PODS, *key_of(pod))
        same = now and now["metadata"]["uid"] == pod["metadata"]["uid"]
        return bool(same and now and now["status"].get("phase") == "Running")

    def _state(self, pod: Thing, query: Query) -> Thing | None:
        """The state of the container; None of one that has no node yet."""
        name = pod["metadata"]["name"]
        containers = [container["name"] for container in pod["spec"]["containers"]]
        wanted = query.get("container")
        if wanted and wanted not in containers:
            raise Refused(bad_request(f"container {wanted} is not valid for pod {name}"))
        if not wanted and len(containers) > 1:
            told = f"a container name must be specified for pod {name}, choose one of: "
            raise Refused(bad_request(f"{told}[{' '.join(containers)}]"))
        for status in pod["status"].get("containerStatuses") or ():
            if status["name"] == (wanted or containers[0]):
                state: Thing = status["state"]
                return state
        return None


def _waits(pod: Thing, query: Query, reason: str) -> Status:
    name = query.get("container") or pod["spec"]["containers"][0]["name"]
    told = f'container "{name}" in pod "{pod["metadata"]["name"]}" is '
    pulls = reason in ("ErrImagePull", "ImagePullBackOff")
    why = "trying and failing to pull image" if pulls else f"waiting to start: {reason}"
    return bad_request(told + why)
