"""What engines and registries say when an image can't go there, and what that means."""

from typing import Final

from caliban_domain.errors import CalibanError, PlatformError, PlatformUnavailable
from caliban_domain.repositories import Repository

_ABSENT: Final = ("manifest unknown", "manifest_unknown", "no such manifest")
_NO_REPOSITORY: Final = ("name unknown", "name_unknown", "name invalid", "repository not found")
_NOBODY: Final = (
    *("no basic auth credentials", "unauthorized", "authentication required"),
    *("unauthenticated", "incorrect username or password"),
)
_FORBIDDEN: Final = ("denied", "forbidden", "permission")
_DISABLED: Final = "artifact registry api has not been used"
_PLAIN: Final = "server gave http response to https client"
_UNREACHABLE: Final = (
    *("connection refused", "no such host", "i/o timeout", "connection reset", "eof"),
    *("deadline exceeded", "network is unreachable", "no route to host", "client.timeout"),
    *("server misbehaving", "temporary failure", "too many requests", "toomanyrequests"),
    *("service unavailable", "bad gateway", "internal server error"),
)


def is_absent(words: str) -> bool:
    """Whether a registry only says that it hasn't got an image."""
    return _says(words, _ABSENT)


def refusal(words: str, repository: Repository) -> CalibanError:
    """The error for what was answered about a repository."""
    host = repository.host
    if _says(words, (_PLAIN,)):
        return PlatformError(
            f"{host} speaks plain http, which only registries on this machine may",
            hint="give it a certificate, or list it in insecure-registries of the engine",
        )
    if _says(words, (_DISABLED,)):
        return PlatformError(
            f"the API of Artifact Registry is not enabled in project {repository.project}",
            hint="gcloud services enable artifactregistry.googleapis.com "
            f"--project {repository.project}",
        )
    if _says(words, _NO_REPOSITORY) or (
        "repository" in words.lower() and _says(words, ("not found",))
    ):
        return PlatformError(f"there is no repository {repository}", hint=repository.create_command)
    if _says(words, _NOBODY):
        hint = repository.login_command
        return PlatformError(
            f"you aren't logged in to {host}, or not as somebody it knows", hint=hint
        )
    if _says(words, _FORBIDDEN):
        return PlatformError(
            f"you may not use {repository}: permission denied", hint=_right(repository)
        )
    if _says(words, _UNREACHABLE):
        return PlatformUnavailable(f"the registry {host} can't be reached: {_last(words)}")
    return PlatformError(f"the registry {host} refused {repository}: {_last(words)}")


def _right(repository: Repository) -> str:
    if project := repository.project:
        return (
            f"gcloud projects add-iam-policy-binding {project} --member=user:YOU "
            "--role=roles/artifactregistry.writer"
        )
    return f"log in as somebody who may: {repository.login_command}"


def _last(words: str) -> str:
    return " ".join(words.split()).removeprefix("Error response from daemon: ")


def _says(words: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in words.lower() for phrase in phrases)
