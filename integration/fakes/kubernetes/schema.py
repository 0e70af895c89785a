"""What Kubernetes' published schemas say of an object."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator
from referencing import Registry
from referencing import Resource as Document

from fakes.kubernetes.resources import Resource, Thing
from fakes.kubernetes.statuses import Cause, bad_request, invalid
from fakes.refusals import Refused

_VERSION: Final = "v1.36.0-local-strict"


def check_schema(resource: Resource, thing: Thing) -> None:
    """Refuses an object with fields that are unknown, missing or of another type."""
    missing: list[Cause] = []
    for error in _leaves(_validator(resource).iter_errors(thing)):
        told = _undecodable(error)
        if told:
            kind = resource.kind
            raise Refused(
                bad_request(
                    f'{kind} in version "{resource.version}" cannot be handled as a {kind}: {told}'
                )
            )
        missing += _missing(error)
    if missing:
        raise Refused(invalid(resource, thing.get("metadata", {}).get("name", ""), missing))


@cache
def _validator(resource: Resource) -> Draft202012Validator:
    group = f"-{resource.group.partition('.')[0]}" if resource.group else ""
    schema = _read(f"{resource.kind.lower()}{group}-{resource.version}.json")
    return Draft202012Validator(schema, registry=_definitions())


@cache
def _definitions() -> "Registry[Any]":
    return Document.from_contents(_read("_definitions.json")) @ Registry()


def _read(name: str) -> Any:
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / _VERSION
    return json.loads((folder / name).read_text())


def _leaves(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        if error.context and error.validator == "anyOf":
            yield from error.context
        else:
            yield error


def _undecodable(error: ValidationError) -> str:
    field = path_of(error)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = next((key for key in error.instance if key not in known), "")
        return f'strict decoding error: unknown field "{".".join(filter(None, (field, unknown)))}"'
    if error.validator in ("type", "oneOf", "format"):
        return f"json: cannot unmarshal {_kind_of(error.instance)} into Go struct field {field}"
    return ""


def _missing(error: ValidationError) -> list[Cause]:
    field = path_of(error)
    if error.validator == "required":
        names = [name for name in error.validator_value if name not in error.instance]
        return [
            Cause(f"{field}.{name}" if field else name, "Required value", "FieldValueRequired")
            for name in names
        ]
    return [Cause(field, f"Invalid value: {error.message}")]


def path_of(error: ValidationError) -> str:
    """Where an error is: ``spec.template.spec.containers[0].image``."""
    told = ""
    for part in error.absolute_path:
        told += f"[{part}]" if isinstance(part, int) else f".{part}"
    return told.removeprefix(".")


def _kind_of(value: Any) -> str:
    kinds = {bool: "bool", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "number")
