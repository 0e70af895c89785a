"""How Google says no: a code, a status, a message, and details that programs can read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERTEX = "aiplatform.googleapis.com"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer in Google's error format."""

    code: int
    status: str
    message: str
    details: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message, "status": self.status}
        return {"error": error | ({"details": list(self.details)} if self.details else {})}


class Refused(Exception):
    """A request that the fake answers with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(json.dumps(refusal.body))
        self.refusal = refusal


def invalid(message: str, *more: str) -> Refusal:
    """What is wrong with a request, the first mistake as the message and all as details."""
    violations = [{"description": text} for text in (message, *more)]
    return Refusal(
        code=400,
        status="INVALID_ARGUMENT",
        message=message,
        details=(
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations},
        ),
    )


def not_found(what: str) -> Refusal:
    return Refusal(code=404, status="NOT_FOUND", message=f"{what} not found.")


def failed_precondition(message: str) -> Refusal:
    return Refusal(code=400, status="FAILED_PRECONDITION", message=message)


def unimplemented(message: str) -> Refusal:
    """What Google can do and the fake can't: nothing is quietly left out of an answer."""
    return Refusal(code=501, status="UNIMPLEMENTED", message=message)


def internal() -> Refusal:
    return Refusal(code=500, status="INTERNAL", message="Internal error encountered.")


def unavailable() -> Refusal:
    message = "The service is currently unavailable."
    return Refusal(code=503, status="UNAVAILABLE", message=message)


def token_expired() -> Refusal:
    return Refusal(
        code=401,
        status="UNAUTHENTICATED",
        message=(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, "
            "login cookie or other valid authentication credential."
        ),
        details=(_error_info("ACCESS_TOKEN_EXPIRED", service=VERTEX),),
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'},
    )


def permission_denied(
    permission: str = "aiplatform.customJobs.create", resource: str = "projects/p"
) -> Refusal:
    return Refusal(
        code=403,
        status="PERMISSION_DENIED",
        message=(
            f"Permission '{permission}' denied on resource '//{VERTEX}/{resource}' "
            "(or it may not exist)."
        ),
        details=(
            _error_info(
                "IAM_PERMISSION_DENIED", domain=VERTEX, permission=permission, resource=resource
            ),
        ),
    )


def api_not_enabled(project: str = "p", service: str = VERTEX) -> Refusal:
    page = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    return Refusal(
        code=403,
        status="PERMISSION_DENIED",
        message=(
            f"Agent Platform API has not been used in project {project} before or it is disabled. "
            f"Enable it by visiting {page} then retry. If you enabled this API recently, wait a "
            "few minutes for the action to propagate to our systems and retry."
        ),
        details=(
            _error_info(
                "SERVICE_DISABLED",
                consumer=f"projects/{project}",
                service=service,
                activationUrl=page,
            ),
        ),
    )


def no_quota_project() -> Refusal:
    """What a person's own login is told as long as it names no project of theirs."""
    return Refusal(
        code=403,
        status="PERMISSION_DENIED",
        message=(
            "Your application is authenticating by using local Application Default Credentials. "
            f"The {VERTEX} API requires a quota project, which is not set by default. To learn how "
            "to set your quota project, see "
            "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
        ),
        details=(
            _error_info("SERVICE_DISABLED", consumer="projects/764086051850", service=VERTEX),
        ),
    )


def billing_disabled(project: str = "p") -> Refusal:
    return Refusal(
        code=403,
        status="PERMISSION_DENIED",
        message=(
            "This API method requires billing to be enabled. Please enable billing on project "
            f"#{project} by visiting "
            f"https://console.developers.google.com/billing/enable?project={project} then retry."
        ),
        details=(_error_info("BILLING_DISABLED", consumer=f"projects/{project}", service=VERTEX),),
    )


def may_not_act_as(account: str) -> Refusal:
    return Refusal(
        code=403,
        status="PERMISSION_DENIED",
        message=(
            f"You do not have permission to act as service_account: {account}. (or it may not "
            "exist)."
        ),
    )


def rate_exceeded(retry_after: int | None = None, per_minute: int = 60) -> Refusal:
    """Too many in a minute; later it would be taken."""
    return Refusal(
        code=429,
        status="RESOURCE_EXHAUSTED",
        message=(
            "Quota exceeded for quota metric 'Job or LRO submission requests' and limit "
            "'Job or LRO submission requests per minute per region' of service "
            f"'{VERTEX}' for consumer 'project_number:1'."
        ),
        details=(
            _error_info("RATE_LIMIT_EXCEEDED", service=VERTEX, quota_limit_value=str(per_minute)),
        ),
        headers={} if retry_after is None else {"Retry-After": str(retry_after)},
    )


def quota_exceeded(metric: str = "custom_model_training_nvidia_l4_gpus") -> Refusal:
    """More than the project may ever have: no later time is better."""
    return Refusal(
        code=429,
        status="RESOURCE_EXHAUSTED",
        message=f"The following quota metrics exceed quota limits: {VERTEX}/{metric}",
    )


def _error_info(
    reason: str, *, domain: str = "googleapis.com", **metadata: str
) -> Mapping[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }
