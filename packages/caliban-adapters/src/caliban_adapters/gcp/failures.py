"""What Google answers when it says no, and what a person can do about it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from googleapiclient.errors import HttpError

LOGIN_HINT: Final = (
    "gcloud auth application-default login logs you in; --cloud_key names a service account's key"
)

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_BROKEN: Final = 500
_RATE_LIMIT: Final = "RATE_LIMIT_EXCEEDED"
# The second is all that an overloaded service says.
_BUSY: Final = ("per minute", "Resource has been exhausted")
_SERVICES: Final = {
    "aiplatform.googleapis.com": "Vertex AI",
    "compute.googleapis.com": "Compute Engine",
    "container.googleapis.com": "Kubernetes Engine",
    "logging.googleapis.com": "Logging",
}
_ROLES: Final = {
    "compute": "roles/compute.viewer",
    "container": "roles/container.admin",
    "iam": "roles/iam.serviceAccountUser",
    "logging": "roles/logging.viewer",
    "serviceusage": "roles/serviceusage.serviceUsageConsumer",
}
_CONSOLE: Final = "https://console.cloud.google.com"


class Failure(Exception):
    """A request that didn't succeed: ``message`` and ``hint`` are for the person who asked."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(Failure):
    """It wasn't carried out, and no other time is better."""


class NotThere(Refused):
    """What it is about doesn't exist."""


class Busy(Failure):
    """It wasn't carried out, and will be later: in ``retry_after`` seconds, where that is known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unclear(Failure):
    """Nobody knows whether it was carried out."""


def failure_of(error: "HttpError", project: str) -> Failure:
    """What an answer other than success means, to somebody who works in the project."""
    message = " ".join(error.reason.split()) or f"Google answered {error.status_code}"
    info = _info(error)
    reason, facts = str(info.get("reason", "")), info.get("metadata", {})
    code = error.status_code
    if code >= _BROKEN:
        return Unclear(f"Google answered {code}: {message}")
    if code == _TOO_MANY:
        return _too_many(error, reason, message, project)
    if code == _UNAUTHORIZED:
        return Refused("Google doesn't accept your login any more", hint=LOGIN_HINT)
    if "requires a quota project" in message:
        return Refused(
            "your login names no project that its requests are counted for",
            hint=f"gcloud auth application-default set-quota-project {project}",
        )
    if reason == "BILLING_DISABLED":
        return Refused(
            f"nobody pays for project {project}: it has no billing account",
            hint=f"gcloud billing projects link {project} --billing-account ACCOUNT_ID; gcloud "
            "billing accounts list shows yours",
        )
    if reason == "SERVICE_DISABLED":
        service = facts.get("service", "aiplatform.googleapis.com")
        name = _SERVICES.get(service, service)
        return Refused(
            f"the API of {name} is not enabled in project {project}",
            hint=f"gcloud services enable {service} --project {project}",
        )
    if code == _FORBIDDEN:
        return _forbidden(message, facts.get("permission"), project)
    return (NotThere if code == _NOT_FOUND else Refused)(f"Google refused: {message}")


def _too_many(error: "HttpError", reason: str, message: str, project: str) -> Failure:
    seconds = _seconds(error.resp)
    if reason == _RATE_LIMIT or seconds is not None or any(words in message for words in _BUSY):
        return Busy(f"Google is asked too often: {message}", seconds)
    return Refused(
        f"a quota of project {project} is too small: {message}",
        hint=f"ask for less, or for more quota at {_CONSOLE}/iam-admin/quotas?project={project}",
    )


def _forbidden(message: str, permission: str | None, project: str) -> Refused:
    if "not found" in message or "has been deleted" in message:
        return Refused(
            f"there is no project {project}, or not for you",
            hint="gcloud projects list shows yours; --project_id names one",
        )
    if permission is None and "act as service_account" in message:
        permission = "iam.serviceAccounts.actAs"
    role = _ROLES.get((permission or "").partition(".")[0], "roles/aiplatform.user")
    what = f"lack the permission {permission}" if permission else f"may not do this: {message}"
    doubt = ", if there is such a project" if "may not exist" in message else ""
    return Refused(
        f"you {what} in project {project}{doubt}",
        hint=f"an owner can give it: gcloud projects add-iam-policy-binding {project} "
        f"--member user:YOU --role {role}",
    )


def _info(error: "HttpError") -> Mapping[str, Any]:
    details = error.error_details if isinstance(error.error_details, list) else ()
    infos = (each for each in details if isinstance(each, dict) and "reason" in each)
    return next(infos, {})


def _seconds(headers: Mapping[str, str]) -> float | None:
    written = headers.get("retry-after", "")
    return float(written) if written.isdecimal() else None
