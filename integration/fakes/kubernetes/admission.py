"""What becomes of an object on its way in: checked, completed, or refused."""

import json
import secrets
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

from fakes.kubernetes.defaults import with_defaults
from fakes.kubernetes.job_rules import changed_job_mistakes, job_mistakes
from fakes.kubernetes.pod_rules import bad_quantity, pod_mistakes
from fakes.kubernetes.resources import CONFIG_MAPS, JOBS, NAMESPACES, PODS, Address, Resource, Thing
from fakes.kubernetes.schema import check_schema
from fakes.kubernetes.statuses import Cause, bad_request, conflict, internal, invalid
from fakes.kubernetes.words import (
    dns_label_mistakes,
    forbidden,
    key_mistakes,
    labels_mistakes,
    name_mistakes,
    wrong,
)
from fakes.refusals import Refused

_LARGEST_MAP: Final = 2**20
_LARGEST_THING: Final = 3 * 2**19
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_PREFIX: Final = 58
# What an object has from the server, whatever the client says.
_OWN: Final = ("uid", "creationTimestamp", "deletionTimestamp", "generation")


def admitted(address: Address, body: Any, now: str) -> Thing:
    """A new object, complete but for its version. Refused if a cluster wouldn't have it."""
    resource = address.resource
    thing = _decoded(address, body)
    metadata = {**thing["metadata"]}
    if "resourceVersion" in metadata:
        raise Refused(bad_request("resourceVersion should not be set on objects to be created"))
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = random_name(metadata["generateName"])
    for key in _OWN:
        metadata.pop(key, None)
    if resource.namespaced:
        metadata["namespace"] = address.namespace
    metadata |= {"uid": str(uuid4()), "creationTimestamp": now}
    thing = {**thing, "metadata": metadata}
    _refuse(resource, thing, [*_metadata_mistakes(resource, thing), *_mistakes(resource, thing)])
    return sized(with_defaults(resource, thing))


def changed(address: Address, old: Thing, body: Any) -> Thing:
    """An object as it's to be from now on. Refused if it was changed since, or can't change so."""
    resource, name = address.resource, address.name
    thing = _decoded(address, body)
    before, metadata = old["metadata"], {**thing["metadata"]}
    if metadata.get("resourceVersion", before["resourceVersion"]) != before["resourceVersion"]:
        raise Refused(conflict(resource, name))
    if metadata.get("uid", before["uid"]) != before["uid"]:
        why = f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: "
        raise Refused(conflict(resource, name, why + before["uid"]))
    if metadata.get("name", name) != name:
        told = f"the name of the object ({metadata['name']}) does not match the name on the URL"
        raise Refused(bad_request(f"{told} ({name})"))
    for key in _OWN:
        metadata.pop(key, None)
        metadata |= {key: before[key]} if key in before else {}
    new = {**thing, "metadata": {**metadata, "name": name}}
    if address.subresource == "status":
        return sized({**old, "status": new.get("status", {})})
    if "status" in old:
        new["status"] = old["status"]
    _refuse(resource, new, [*_metadata_mistakes(resource, new), *_changes(resource, old, new)])
    return sized(new)


def random_name(prefix: str) -> str:
    """A name that begins so and that nobody else has."""
    return prefix[:_LONGEST_PREFIX] + "".join(secrets.choice(_LETTERS) for _ in range(5))


def sized(thing: Thing) -> Thing:
    """The object, unless it's larger than a cluster can keep."""
    if len(json.dumps(thing)) > _LARGEST_THING:
        raise Refused(internal("etcdserver: request is too large"))
    return thing


def _decoded(address: Address, body: Any) -> Thing:
    resource = address.resource
    if not isinstance(body, dict):
        raise Refused(bad_request("the body of the request is not an object"))
    said = body.get("apiVersion", resource.api_version), body.get("kind", resource.kind)
    if said != (resource.api_version, resource.kind):
        told = f"{resource.kind} in version {resource.api_version!r} cannot be handled as a"
        raise Refused(bad_request(f"{told} {said[1]} in version {said[0]!r}"))
    thing: Thing = {**body, "apiVersion": said[0], "kind": said[1]}
    if resource.schema:
        check_schema(resource, thing)
    thing["metadata"] = thing.get("metadata") or {}
    quantity = bad_quantity(_pod_spec(resource, thing))
    if quantity:
        raise Refused(
            bad_request(
                f'{resource.kind} in version "{resource.version}" cannot be handled as a '
                f"{resource.kind}: quantities must match the regular expression "
                "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            )
        )
    namespace = thing["metadata"].get("namespace", address.namespace)
    if namespace != address.namespace:
        raise Refused(
            bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
        )
    return thing


def _pod_spec(resource: Resource, thing: Thing) -> Thing:
    spec: Thing = thing.get("spec") or {}
    if resource == JOBS:
        spec = spec.get("template", {}).get("spec") or {}
    return spec if resource in (JOBS, PODS) else {}


def _refuse(resource: Resource, thing: Thing, causes: list[Cause]) -> None:
    if causes:
        raise Refused(invalid(resource, thing["metadata"].get("name", ""), causes))


def _metadata_mistakes(resource: Resource, thing: Thing) -> Iterator[Cause]:
    metadata = thing["metadata"]
    name = metadata.get("name")
    if not name:
        yield Cause(
            "metadata.name",
            "Required value: name or generateName is required",
            "FieldValueRequired",
        )
    elif resource == NAMESPACES:
        yield from dns_label_mistakes("metadata.name", name)
    else:
        yield from name_mistakes("metadata.name", name)
    yield from labels_mistakes("metadata.labels", metadata.get("labels"))
    for key in metadata.get("annotations") or {}:
        yield from key_mistakes("metadata.annotations", key.lower())


def _mistakes(resource: Resource, thing: Thing) -> Iterator[Cause]:
    if not thing["metadata"].get("name"):
        return
    if resource == JOBS:
        yield from job_mistakes(thing)
    elif resource == PODS:
        yield from pod_mistakes("spec", thing["spec"])
    elif resource == CONFIG_MAPS:
        yield from _map_mistakes(thing)


def _changes(resource: Resource, old: Thing, new: Thing) -> Iterator[Cause]:
    if resource == JOBS:
        yield from changed_job_mistakes(old, new)
    elif resource == PODS and old["spec"] != new["spec"]:
        yield forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`, "
            "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` "
            "(only additions to existing tolerations), `spec.terminationGracePeriodSeconds`",
        )
    elif resource == CONFIG_MAPS:
        if old.get("immutable"):
            for field in ("data", "binaryData", "immutable"):
                if old.get(field) != new.get(field):
                    yield forbidden(field, "field is immutable when `immutable` is set")
        yield from _map_mistakes(new)


def _map_mistakes(thing: Thing) -> Iterator[Cause]:
    data, binary = thing.get("data") or {}, thing.get("binaryData") or {}
    for field, held in (("data", data), ("binaryData", binary)):
        for key in held:
            if not key or len(key) > 253 or set(key) - _KEY or key in (".", ".."):
                yield wrong(
                    f"{field}[{key}]",
                    key,
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
                    "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation "
                    "is '[-._a-zA-Z0-9]+')",
                )
    size = sum(len(text.encode()) for text in data.values())
    size += sum(len(text) * 3 // 4 for text in binary.values())
    if size > _LARGEST_MAP:
        told = f"Too long: may not be more than {_LARGEST_MAP} bytes"
        yield Cause("", told, "FieldValueTooLong")


_KEY: Final = set("-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
