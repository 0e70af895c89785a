"""How objects go, and what goes with them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fakes.kubernetes.resources import (
    JOBS,
    NAMESPACES,
    PODS,
    RESOURCES,
    Resource,
    Thing,
)
from fakes.kubernetes.statuses import bad_request, conflict
from fakes.kubernetes.store import Store, edit, key_of
from fakes.refusals import Refused

_POLICIES: Final = ("Orphan", "Background", "Foreground")
_FOREGROUND: Final = "foregroundDeletion"


def policy_of(resource: Resource, options: Mapping[str, Any]) -> str:
    """What is to become of what the object owns. Unless told, what a Job owns stays."""
    policy = options.get("propagationPolicy") or ("Orphan" if resource == JOBS else "Background")
    if policy not in _POLICIES:
        raise Refused(bad_request(f"invalid propagationPolicy {policy!r}"))
    return str(policy)


def delete(
    store: Store, resource: Resource, thing: Thing, options: Mapping[str, Any], now: str
) -> Thing | None:
    """Deletes an object; the answer is what there is still of it. Refused by preconditions."""
    metadata, name = thing["metadata"], thing["metadata"]["name"]
    for key, wanted in (options.get("preconditions") or {}).items():
        if wanted != metadata[key]:
            why = f"Precondition failed: {key} in precondition: {wanted}, in object meta: "
            raise Refused(conflict(resource, name, why + metadata[key]))
    policy = policy_of(resource, options)
    if policy == "Orphan":
        _orphan(store, metadata["uid"])
    finalizers = list(metadata.get("finalizers") or ())
    if policy == "Foreground" and _FOREGROUND not in finalizers:
        finalizers.append(_FOREGROUND)
    leaves_slowly = resource == NAMESPACES or (
        resource == PODS and thing["status"].get("phase") == "Running"
    )
    if not finalizers and not leaves_slowly:
        store.remove(resource, thing)
        return None
    marked = {**metadata, "deletionTimestamp": metadata.get("deletionTimestamp", now)}
    if resource == PODS:
        marked["deletionGracePeriodSeconds"] = thing["spec"].get(
            "terminationGracePeriodSeconds", 30
        )
    if finalizers:
        marked["finalizers"] = finalizers
    gone = {**thing, "metadata": marked}
    if resource == NAMESPACES:
        gone["status"] = {"phase": "Terminating"}
    return store.put(resource, gone)


def without_finalizer(finalizer: str) -> Callable[[Thing], Thing]:
    def change(thing: Thing) -> Thing:
        left = [one for one in thing["metadata"].get("finalizers") or () if one != finalizer]
        metadata = {key: value for key, value in thing["metadata"].items() if key != "finalizers"}
        return {**thing, "metadata": metadata | ({"finalizers": left} if left else {})}

    return change


def reap(store: Store, resource: Resource, thing: Thing) -> None:
    """Removes an object that is being deleted, if nothing holds it any more."""
    metadata = thing["metadata"]
    if metadata.get("deletionTimestamp") and not metadata.get("finalizers"):
        store.remove(resource, thing)


def collect_garbage(store: Store, now: str) -> None:
    """Deletes what belongs to objects that are gone, or to namespaces that go."""
    with store.lock:
        there = {thing["metadata"]["uid"] for kind in RESOURCES for thing in store.all(kind)}
        leaving = {
            thing["metadata"]["uid"]
            for thing in store.all(JOBS)
            if _FOREGROUND in (thing["metadata"].get("finalizers") or ())
        }
        held: set[str] = set()
        for kind in RESOURCES:
            for thing in store.all(kind):
                owners = {one["uid"] for one in thing["metadata"].get("ownerReferences") or ()}
                if owners and (not owners & there or owners & leaving):
                    delete(store, kind, thing, {"propagationPolicy": "Background"}, now)
                    held |= owners & leaving if store.find(kind, *key_of(thing)) else set()
        for thing in store.all(JOBS):
            if thing["metadata"]["uid"] in leaving - held:
                left = edit(store, JOBS, key_of(thing), without_finalizer(_FOREGROUND))
                if left:
                    reap(store, JOBS, left)
        _empty_namespaces(store, now)


def _empty_namespaces(store: Store, now: str) -> None:
    for namespace in store.all(NAMESPACES):
        if not namespace["metadata"].get("deletionTimestamp"):
            continue
        name = namespace["metadata"]["name"]
        for kind in RESOURCES:
            for thing in store.all(kind, name) if kind.namespaced else ():
                delete(store, kind, thing, {"propagationPolicy": "Background"}, now)
        if not any(store.all(kind, name) for kind in RESOURCES if kind.namespaced):
            store.remove(NAMESPACES, namespace)


def _orphan(store: Store, uid: str) -> None:
    for kind in RESOURCES:
        for thing in store.all(kind):
            owners = thing["metadata"].get("ownerReferences") or []
            left = [one for one in owners if one["uid"] != uid]
            if left != owners:
                metadata = {
                    key: value
                    for key, value in thing["metadata"].items()
                    if key != "ownerReferences"
                }
                store.put(
                    kind,
                    {**thing, "metadata": metadata | ({"ownerReferences": left} if left else {})},
                )
