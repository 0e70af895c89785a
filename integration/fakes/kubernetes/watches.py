"""What watchers hear: each change of the objects they mean, as it happens."""

import json
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any, Final

from fakes.kubernetes.lists import Query, picks
from fakes.kubernetes.resources import Address, Resource
from fakes.kubernetes.statuses import expired
from fakes.kubernetes.store import Change, Store

_LONGEST: Final = 60.0
_STEP: Final = 0.25


class Watches:
    """Tells watchers; ``ended`` says that nobody listens any more."""

    def __init__(self, store: Store, ended: threading.Event) -> None:
        self._store = store
        self._ended = ended

    def events(self, address: Address, query: Query) -> Iterator[bytes]:
        """A line of JSON for each, until time is up."""
        wanted = picks(address, query)  # Refused at once, if it can't be read.
        return self._events(address, query, wanted)

    def _events(self, address: Address, query: Query, wanted: Any) -> Iterator[bytes]:
        resource = address.resource
        until = monotonic() + min(float(query.get("timeoutSeconds") or _LONGEST), _LONGEST)
        with self._store.lock:
            version = int(query.get("resourceVersion") or 0)
            first = [] if version else self._store.all(resource, address.namespace)
            version = version or self._store.version
        for thing in first:
            if wanted(thing):
                yield _line("ADDED", thing)
        while not self._ended.is_set() and monotonic() < until:
            if version < self._store.oldest:
                yield _line("ERROR", expired().body)
                return
            with self._store.lock:
                changes, version = self._store.changes(resource, version), self._store.version
            for change in changes:
                if line := _told(change, address, wanted):
                    yield line
            self._store.wait(version, min(_STEP, max(0.0, until - monotonic())))
        if query.get("allowWatchBookmarks") == "true":
            yield _line("BOOKMARK", _bookmark(resource, version))


def _told(change: Change, address: Address, wanted: Any) -> bytes:
    def means(thing: Any) -> bool:
        namespace = thing and thing["metadata"].get("namespace", "")
        return bool(thing and address.namespace in ("", namespace) and wanted(thing))

    was, is_now = means(change.old), means(change.new)
    if is_now:
        return _line("MODIFIED" if was else "ADDED", change.new)
    if not was or change.old is None:
        return b""
    metadata = {**change.old["metadata"], "resourceVersion": str(change.version)}
    return _line("DELETED", {**(change.new or change.old), "metadata": metadata})


def _bookmark(resource: Resource, version: int) -> dict[str, Any]:
    return {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": {"resourceVersion": str(version)},
    }


def _line(kind: str, thing: Any) -> bytes:
    return json.dumps({"type": kind, "object": thing}).encode() + b"\n"
