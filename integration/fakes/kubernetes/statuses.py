"""How Kubernetes says no: an object of kind Status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes.kubernetes.resources import Resource
from fakes.refusals import Refusal


@dataclass(frozen=True, kw_only=True)
class Status(Refusal):
    """A refusal in Kubernetes' format; ``status`` is its reason."""

    about: Mapping[str, Any] = field(default_factory=dict)
    going_on: str = ""

    @property
    def body(self) -> dict[str, Any]:
        body = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.going_on} if self.going_on else {},
            "status": "Failure",
            "message": self.message,
            "reason": self.status,
            "code": self.code,
        }
        return body | ({"details": dict(self.about)} if self.about else {})


@dataclass(frozen=True)
class Cause:
    """One field that can't be as it is."""

    field: str
    message: str
    reason: str = "FieldValueInvalid"


def bad_request(message: str) -> Status:
    return Status(code=400, status="BadRequest", message=message)


def not_found(resource: Resource, name: str) -> Status:
    return Status(
        code=404,
        status="NotFound",
        message=f'{resource.qualified} "{name}" not found',
        about=_about(resource, name),
    )


def no_such_path() -> Status:
    return Status(
        code=404, status="NotFound", message="the server could not find the requested resource"
    )


def method_not_allowed() -> Status:
    return Status(
        code=405,
        status="MethodNotAllowed",
        message="the server does not allow this method on the requested resource",
    )


def already_exists(resource: Resource, name: str) -> Status:
    return Status(
        code=409,
        status="AlreadyExists",
        message=f'{resource.qualified} "{name}" already exists',
        about=_about(resource, name),
    )


def conflict(resource: Resource, name: str, why: str = "") -> Status:
    changed = (
        "the object has been modified; please apply your changes to the latest version and "
        "try again"
    )
    return Status(
        code=409,
        status="Conflict",
        message=f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why or changed}',
        about=_about(resource, name),
    )


def invalid(resource: Resource, name: str, causes: Sequence[Cause]) -> Status:
    told = [f"{cause.field}: {cause.message}" for cause in causes]
    all_told = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    about = _about(resource, name, kind=resource.kind) | {
        "causes": [
            {"reason": cause.reason, "message": cause.message, "field": cause.field}
            for cause in causes
        ]
    }
    return Status(
        code=422,
        status="Invalid",
        message=f'{resource.qualified_kind} "{name}" is invalid: {all_told}',
        about=about,
    )


def unauthorized() -> Status:
    return Status(code=401, status="Unauthorized", message="Unauthorized")


def forbidden(resource: Resource, name: str, why: str) -> Status:
    named = f' "{name}"' if name else ""
    return Status(
        code=403,
        status="Forbidden",
        message=f"{resource.qualified}{named} is forbidden: {why}",
        about=_about(resource, name),
    )


def expired(going_on: str = "") -> Status:
    told = (
        "The provided continue parameter is too old to display a consistent list result. "
        "You can start a new list without the continue parameter."
        if going_on
        else "The resourceVersion for the provided watch is too old."
    )
    return Status(code=410, status="Expired", message=told, going_on=going_on)


def too_large() -> Status:
    return Status(
        code=413,
        status="RequestEntityTooLarge",
        message="Request entity too large: limit is 3145728",
    )


def unsupported_media(content_type: str) -> Status:
    return Status(
        code=415,
        status="UnsupportedMediaType",
        message=f"the body of the request was in an unknown format ({content_type})",
    )


def too_many_requests(seconds: int = 1) -> Status:
    return Status(
        code=429,
        status="TooManyRequests",
        message="Too many requests, please try again later.",
        about={"retryAfterSeconds": seconds},
        headers={"Retry-After": str(seconds)},
    )


def internal(why: str = "etcdserver: request timed out") -> Status:
    return Status(
        code=500,
        status="InternalError",
        message=f"Internal error occurred: {why}",
        about={"causes": [{"message": why}]},
    )


def unavailable() -> Status:
    return Status(
        code=503,
        status="ServiceUnavailable",
        message="the server is currently unable to handle the request",
    )


def gateway_timeout() -> Status:
    return Status(
        code=504,
        status="Timeout",
        message="Timeout: request did not complete within the allotted duration",
    )


def unimplemented(what: str) -> Status:
    """What a cluster can do and the fake can't: nothing is quietly left out of an answer."""
    return Status(code=501, status="NotImplemented", message=f"The fake can't do {what}.")


def _about(resource: Resource, name: str, kind: str = "") -> dict[str, Any]:
    about = {"name": name, "group": resource.group, "kind": kind or resource.plural}
    return {key: text for key, text in about.items() if text}
