"""Checks JSON against the schemas of a discovery document, more strictly than Google does."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Schema = Mapping[str, Any]

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}
_RANGES = {
    "int32": range(-(2**31), 2**31),
    "uint32": range(2**32),
    "int64": range(-(2**63), 2**63),
    "uint64": range(2**64),
}
_DURATION = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?s", re.ASCII)
_WHOLE_NUMBER = re.compile(r"-?[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Schemas:
    """The schemas of one API, by name."""

    definitions: Mapping[str, Schema]

    def complaints_about_request(self, name: str, value: object) -> list[str]:
        """What Google would not take: also what only Google may write, and what is missing."""
        return list(self._complaints({"$ref": name}, value, "", incoming=True))

    def complaints_about_answer(self, name: str, value: object) -> list[str]:
        """What an answer of this kind may not hold."""
        return list(self._complaints({"$ref": name}, value, "", incoming=False))

    def complaints_about_parameter(self, name: str, schema: Schema, text: str) -> list[str]:
        """What is wrong with a parameter as it stands in an address."""
        return list(self._complaints(schema, _spoken(schema, text), name, incoming=True))

    def _complaints(
        self, schema: Schema, value: object, place: str, *, incoming: bool
    ) -> Iterator[str]:
        schema = self.definitions[schema["$ref"]] if "$ref" in schema else schema
        kind = schema["type"]
        if kind == "any":
            return
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield f"Invalid value at '{place}' ({kind}), {value!r}"
        elif isinstance(value, dict):
            yield from self._complaints_about_fields(schema, value, place, incoming=incoming)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                inside = f"{place}[{index}]"
                yield from self._complaints(schema["items"], item, inside, incoming=incoming)
        elif value not in schema.get("enum", [value]):
            yield f"Invalid value at '{place}' (enum), {value!r}"
        elif not _fits(schema.get("format", ""), value):
            yield f"Invalid value at '{place}' ({schema['format']}), {value!r}"

    def _complaints_about_fields(
        self, schema: Schema, fields: Mapping[str, Any], place: str, *, incoming: bool
    ) -> Iterator[str]:
        known = schema.get("properties", {})
        for name, value in fields.items():
            inside = f"{place}.{name}".lstrip(".")
            about = known.get(name, schema.get("additionalProperties"))
            if about is None:
                yield (
                    f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': "
                    "Cannot find field."
                )
            elif incoming and about.get("readOnly"):
                yield f"Field '{inside}' is output only."
            else:
                yield from self._complaints(about, value, inside, incoming=incoming)
        for name, about in known.items() if incoming else ():
            # In Google's eyes what is empty isn't set.
            if _required(about) and fields.get(name, "") in ("", []):
                yield f"Field: {place}.{name}; Message: Required field is not set."


def _required(schema: Schema) -> bool:
    """Discovery documents say it in prose only."""
    return str(schema.get("description", "")).startswith("Required.")


def _spoken(schema: Schema, text: str) -> object:
    match schema["type"]:
        case "integer" if _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case _:
            return text


def _fits(name: str, value: Any) -> bool:
    match name:
        case "int32" | "uint32":
            return value in _RANGES[name]
        case "int64" | "uint64":
            return bool(_WHOLE_NUMBER.fullmatch(value)) and int(value) in _RANGES[name]
        case "google-duration":
            return bool(_DURATION.fullmatch(value))
        case "google-datetime":
            return parse_time(value) is not None
        case "byte":
            return _is_base64(value)
        case _:
            return True


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def parse_time(text: str) -> datetime | None:
    """The moment that a text in RFC 3339 names; None if it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo and "T" in text else None
