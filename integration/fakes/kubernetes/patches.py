"""What a patch makes of an object."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fakes.kubernetes.statuses import bad_request, unsupported_media
from fakes.refusals import Refused

# By what the entries of a list are told apart in a strategic merge.
_KEYS: Final = {
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ownerReferences": "uid",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
_STRATEGIC: Final = "application/strategic-merge-patch+json"


def patched(thing: Any, patch: Any, content_type: str) -> Any:
    """The patched object; what was given stays as it is."""
    kind = content_type.partition(";")[0].strip()
    if kind not in _PATCHES:
        raise Refused(unsupported_media(kind))
    return _PATCHES[kind](thing, patch)


def _merged(thing: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    before = thing if isinstance(thing, dict) else {}
    after = {**before, **{key: _merged(before.get(key), value) for key, value in patch.items()}}
    return {key: value for key, value in after.items() if patch.get(key, value) is not None}


def _strategic(thing: Any, patch: Any, field: str = "") -> Any:
    if isinstance(patch, list) and field in _KEYS and isinstance(thing, list):
        key = _KEYS[field]
        entries = {entry[key]: entry for entry in thing}
        for entry in patch:
            entries[entry[key]] = _strategic(entries.get(entry[key]), entry)
        return list(entries.values())
    if not isinstance(patch, dict):
        return patch
    before = thing if isinstance(thing, dict) else {}
    changed = {key: _strategic(before.get(key), value, key) for key, value in patch.items()}
    after = {**before, **changed}
    return {key: value for key, value in after.items() if patch.get(key, value) is not None}


def _operated(thing: Any, patch: Any) -> Any:
    if not isinstance(patch, list):
        raise Refused(bad_request("a JSON patch is a list of operations"))
    for operation in patch:
        steps = [
            step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]
        ]
        thing = _after(thing, steps, operation)
    return thing


def _after(thing: Any, steps: list[str], operation: Mapping[str, Any]) -> Any:
    if not steps:
        return _judged(thing, operation)
    if not isinstance(thing, dict | list):
        raise Refused(bad_request(f"nothing is at {operation['path']}"))
    step, rest = steps[0], steps[1:]
    copy: Any = thing.copy()
    place: Any = step
    if isinstance(copy, list):
        place = len(copy) if step == "-" else int(step)
        if not rest and operation["op"] == "add":
            copy.insert(place, operation["value"])
            return copy
    there = place in copy if isinstance(copy, dict) else place < len(copy)
    if not there and (rest or operation["op"] != "add"):
        raise Refused(bad_request(f"nothing is at {operation['path']}"))
    if operation["op"] == "remove" and not rest:
        del copy[place]
        return copy
    copy[place] = _after(copy[place] if there else None, rest, operation)
    return copy


def _judged(thing: Any, operation: Mapping[str, Any]) -> Any:
    if operation["op"] == "test":
        if thing != operation["value"]:
            raise Refused(bad_request(f"testing value {operation['path']} failed"))
        return thing
    if operation["op"] in ("add", "replace"):
        return operation["value"]
    raise Refused(bad_request(f"unexpected operation {operation['op']}"))


_PATCHES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "application/json-patch+json": _operated,
    "application/merge-patch+json": _merged,
    _STRATEGIC: _strategic,
}
