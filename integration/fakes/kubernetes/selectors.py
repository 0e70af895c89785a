"""Which objects a list shows: those with certain labels, and certain fields."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from fakes.kubernetes.resources import EVENTS, JOBS, PODS, Resource, Thing
from fakes.kubernetes.statuses import bad_request
from fakes.refusals import Refused

Picks = Callable[[Thing], bool]

_REQUIREMENT: Final = re.compile(
    r"\s*(?:(?P<absent>!)?\s*(?P<key>[\w./-]+)\s*"
    r"(?:(?P<equal>==?|!=)\s*(?P<value>[\w.-]*)|(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*"
    r"(?:,|$)"
)
_FIELDS: Final[Mapping[Resource, tuple[str, ...]]] = {
    PODS: ("status.phase", "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName"),
    JOBS: ("status.successful",),
    EVENTS: (
        "involvedObject.kind",
        "involvedObject.name",
        "involvedObject.namespace",
        "involvedObject.uid",
        "reason",
        "reportingComponent",
        "type",
    ),
}


def label_selector(text: str) -> Picks:
    """``a=1,b!=2,c in (3,4),d,!e``. Refused if it can't be read."""
    requirements, place = [], 0
    while place < len(text):
        found = _REQUIREMENT.match(text, place)
        if not found or found.end() == place:
            raise Refused(bad_request(f"unable to parse requirement: found '{text[place:]}'"))
        requirements.append(_requirement(found))
        place = found.end()
    return lambda thing: all(
        requirement(thing["metadata"].get("labels") or {}) for requirement in requirements
    )


def field_selector(resource: Resource, text: str) -> Picks:
    """``status.phase!=Succeeded``. Refused for fields that the server doesn't select by."""
    requirements: list[tuple[str, bool, str]] = []
    for part in filter(None, text.split(",")):
        found = re.fullmatch(r"([\w.]+)(==?|!=)(.*)", part)
        if not found:
            raise Refused(bad_request(f"invalid selector: '{part}'; can't understand '{part}'"))
        field, sign, value = found.groups()
        if field not in ("metadata.name", "metadata.namespace", *_FIELDS.get(resource, ())):
            raise Refused(bad_request(f"field label not supported: {field}"))
        requirements.append((field, sign != "!=", value))
    return lambda thing: all(
        (_field(thing, field) == value) is wanted for field, wanted, value in requirements
    )


def _requirement(found: re.Match[str]) -> Callable[[Mapping[str, str]], bool]:
    key = found["key"]
    if found["absent"]:
        return lambda labels: key not in labels
    if found["set"]:
        values = {value.strip() for value in found["values"].split(",")}
        wanted = found["set"] == "in"
        return lambda labels: (labels[key] in values) is wanted if key in labels else not wanted
    if found["equal"]:
        differs = found["equal"] == "!="
        return lambda labels: (labels.get(key) == found["value"]) is not differs
    return lambda labels: key in labels


def _field(thing: Thing, field: str) -> str:
    if field == "status.successful":
        return str(thing.get("status", {}).get("succeeded", 0))
    value: Any = thing
    for part in field.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return str(value)
