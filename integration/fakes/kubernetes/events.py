"""What the cluster remarks about its objects."""

from typing import Final

from fakes.kubernetes.admission import random_name
from fakes.kubernetes.resources import EVENTS, Resource, Thing
from fakes.kubernetes.store import Store

_KINDS: Final = {True: "Warning", False: "Normal"}


class Remarks:
    """Writes events about objects of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, resource: Resource, thing: Thing, reason: str, message: str, *, now: str) -> None:
        """An event; reasons that tell of trouble make it a warning."""
        metadata = thing["metadata"]
        trouble = reason.startswith(("Fail", "BackOff", "Backoff", "Evict", "Deadline", "PodFail"))
        about = {key: metadata[key] for key in ("namespace", "name", "uid") if key in metadata}
        component = "job-controller" if resource.kind == "Job" else "kubelet"
        self._store.put(
            EVENTS,
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {
                    "name": random_name(f"{metadata['name'][:40]}."),
                    "namespace": metadata.get("namespace", "default"),
                    "uid": random_name("event-"),
                    "creationTimestamp": now,
                },
                "involvedObject": {
                    "kind": resource.kind,
                    "apiVersion": resource.api_version,
                    **about,
                },
                "reason": reason,
                "message": message,
                "type": _KINDS[trouble],
                "count": 1,
                "firstTimestamp": now,
                "lastTimestamp": now,
                "source": {"component": component},
                "reportingComponent": component,
                "reportingInstance": "",
                "eventTime": None,
            },
        )
