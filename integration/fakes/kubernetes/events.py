"""What the cluster remarks about its objects, for an hour, unless it has remarked too much."""

from collections import Counter
from datetime import datetime
from typing import Final

from fakes.kubernetes.admission import random_name
from fakes.kubernetes.resources import EVENTS, Resource, Thing
from fakes.kubernetes.store import Store

_KINDS: Final = {True: "Warning", False: "Normal"}
_AT_ONCE: Final = 25
"""So many events about one object, then one in five minutes; the others are never seen."""

_EVERY: Final = 300.0
_KEPT: Final = 3600.0


class Remarks:
    """Writes events about objects of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._since: dict[str, datetime] = {}
        self._told: Counter[str] = Counter()

    def forget(self, now: datetime) -> None:
        """Deletes what was remarked more than an hour ago."""
        for event in self._store.all(EVENTS):
            if (now - datetime.fromisoformat(event["lastTimestamp"])).total_seconds() > _KEPT:
                self._store.remove(EVENTS, event)

    def add(self, resource: Resource, thing: Thing, reason: str, message: str, *, now: str) -> None:
        """An event; reasons that tell of trouble make it a warning."""
        metadata = thing["metadata"]
        if self._is_too_much(metadata["uid"], datetime.fromisoformat(now)):
            return
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

    def _is_too_much(self, uid: str, now: datetime) -> bool:
        since = self._since.setdefault(uid, now)
        room = _AT_ONCE + (now - since).total_seconds() // _EVERY
        if self._told[uid] >= room:
            return True
        self._told[uid] += 1
        return False
