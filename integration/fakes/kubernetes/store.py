"""The objects of the cluster, each with its version, and every change since the last forgetting."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fakes.kubernetes.resources import Resource, Thing

Key = tuple[str, str]
"""Namespace and name; in this order lists come."""


@dataclass(frozen=True)
class Change:
    """What became of an object: created if it has no old state, deleted if it has no new one."""

    version: int
    resource: Resource
    old: Thing | None
    new: Thing | None


class Store:
    """Keeps objects; who reads and writes several holds its ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.version = 1
        self.oldest = 1
        self._changed = threading.Condition(self.lock)
        self._things: defaultdict[Resource, dict[Key, Thing]] = defaultdict(dict)
        self._changes: list[Change] = []

    def find(self, resource: Resource, namespace: str, name: str) -> Thing | None:
        return self._things[resource].get((namespace, name))

    def all(self, resource: Resource, namespace: str = "") -> list[Thing]:
        """The objects of a namespace, or of all, in order."""
        with self.lock:
            things = self._things[resource]
            keys = sorted(key for key in things if namespace in ("", key[0]))
            return [things[key] for key in keys]

    def put(self, resource: Resource, thing: Thing) -> Thing:
        """Keeps an object in place of the one of its name; the answer has its new version."""
        with self.lock:
            old = self._things[resource].get(key_of(thing))
            metadata = {**thing["metadata"], "resourceVersion": str(self.version + 1)}
            new = {**thing, "metadata": metadata}
            self._things[resource][key_of(new)] = new
            self._note(resource, old, new)
            return new

    def remove(self, resource: Resource, thing: Thing) -> None:
        """Removes an object, if it's still there."""
        with self.lock:
            if old := self._things[resource].pop(key_of(thing), None):
                self._note(resource, old, None)

    def changes(self, resource: Resource, after: int) -> list[Change]:
        with self.lock:
            return [change for change in self._newest_first(after) if change.resource == resource][
                ::-1
            ]

    def wait(self, version: int, seconds: float) -> None:
        """Returns when there is something newer than a version, or time is up."""
        with self.lock:
            self._changed.wait_for(lambda: self.version > version, seconds)

    def wake(self) -> None:
        """Ends the waits, as if there were something new."""
        with self.lock:
            self._changed.notify_all()

    def forget(self) -> None:
        """From now on nobody can ask what was before."""
        with self.lock:
            self.version += 1
            self.oldest = self.version
            self._changes.clear()

    def _newest_first(self, after: int) -> Iterator[Change]:
        for change in reversed(self._changes):
            if change.version <= after:
                return
            yield change

    def _note(self, resource: Resource, old: Thing | None, new: Thing | None) -> None:
        self.version += 1
        self._changes.append(Change(self.version, resource, old, new))
        self._changed.notify_all()


def key_of(thing: Thing) -> Key:
    metadata = thing["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def edit(
    store: Store, resource: Resource, key: Key, change: Callable[[Thing], Thing]
) -> Thing | None:
    """Replaces the object of a key, if it's there and the change is one."""
    with store.lock:
        old = store.find(resource, *key)
        new = change(old) if old else None
        return old if new is None or new == old else store.put(resource, new)
