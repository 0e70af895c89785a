"""What a cluster answers when it says no, and what a person can do about it."""

import json
from collections.abc import Mapping
from typing import Any, Final

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_GONE: Final = 410
_TOO_MANY: Final = 429
_BROKEN: Final = 500


class Failure(Exception):
    """A request that didn't succeed: ``message`` and ``hint`` are for the person who asked."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(Failure):
    """It wasn't carried out, and no other time is better."""


class Shut(Refused):
    """It wasn't carried out, and nothing else will be before the person has a right to it."""


class NotThere(Refused):
    """What it is about doesn't exist."""


class Taken(Refused):
    """What it is about exists already."""


class Expired(Refused):
    """It goes on where an earlier one stopped, which was too long ago."""


class Unclear(Failure):
    """Nobody knows whether it was carried out; or it will be, in ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def failure_of(
    code: int, body: bytes, headers: Mapping[str, str], *, where: str, what: str
) -> Failure:
    """What an answer other than success means: ``where`` names the cluster, ``what`` the wish."""
    told = _told(body)
    message = " ".join(str(told.get("message", "")).split()) or f"answered {code}"
    # A quota that others use at the same time refuses what it has room for.
    changed_meanwhile = code == _CONFLICT and told.get("reason") == "Conflict"
    if code == _TOO_MANY or code >= _BROKEN or changed_meanwhile:
        return Unclear(f"{where} answered {code}: {message}", _seconds(headers))
    if code == _UNAUTHORIZED:
        return Shut(
            f"{where} doesn't accept your login: it is wrong, or has expired",
            hint="log in to the cluster again, as its kubeconfig's user",
        )
    if code == _FORBIDDEN:
        return _forbidden(message, where, what)
    kinds = {_NOT_FOUND: NotThere, _CONFLICT: Taken, _GONE: Expired}
    kind = kinds.get(code, Refused)
    if code == _NOT_FOUND and told.get("details", {}).get("kind") == "namespaces":
        kind = Shut
        return kind(
            f"{where} has no namespace {told['details'].get('name', '')}",
            hint="--namespace names one that exists",
        )
    return kind(f"{where} refused to {what}: {message}")


def _forbidden(message: str, where: str, what: str) -> Failure:
    if "being terminated" in message or "exceeded quota" in message:
        return Refused(f"{where} refused to {what}: {message}")
    return Shut(
        f"{where} forbids you to {what}: {message}",
        hint="--context and --namespace say where you may; who runs the cluster grants rights",
    )


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {"message": body[:200].decode(errors="replace")}
    return told if isinstance(told, dict) else {}


def _seconds(headers: Mapping[str, str]) -> float | None:
    written = headers.get("Retry-After", "")
    return float(written) if written.isdecimal() else None
