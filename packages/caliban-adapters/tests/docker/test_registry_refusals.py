"""What is made of a registry's words."""

import pytest

from caliban_adapters.docker.registry_refusals import is_absent, refusal
from caliban_domain.errors import PlatformUnavailable
from caliban_domain.repositories import parse_repository

GOOGLE = parse_repository("us-docker.pkg.dev/trees/caliban/oak")
OTHER = parse_repository("r.example.com/oak")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            'name unknown: Repository "caliban" not found',
            "there is no repository",
            "create caliban",
        ),
        (
            "no basic auth credentials",
            "logged in",
            "gcloud auth configure-docker us-docker.pkg.dev",
        ),
        ("unauthorized: authentication failed", "logged in", "configure-docker"),
        (
            'denied: Permission "artifactregistry.repositories.uploadArtifacts" denied on resource',
            "permission denied",
            "artifactregistry.writer",
        ),
        (
            (
                "denied: Artifact Registry API has not been used in project 123 before or it is "
                "disabled. Enable it by visiting https://console.developers.google.com/apis/api/"
                "artifactregistry.googleapis.com/overview?project=123 then retry."
            ),
            "the API of Artifact Registry is not enabled in project ",
            "gcloud services enable artifactregistry.googleapis.com --project ",
        ),
    ],
)
def test_google_is_explained_with_a_command(words: str, message: str, hint: str) -> None:
    error = refusal(words, GOOGLE)
    assert message in error.message
    assert hint in (error.hint or "")


def test_elsewhere_docker_logs_in() -> None:
    assert (
        refusal("unauthorized: authentication required", OTHER).hint == "docker login r.example.com"
    )
    denied = refusal("denied: requested access to the resource is denied", OTHER)
    assert "docker login r.example.com" in (denied.hint or "")


@pytest.mark.parametrize(
    "words",
    [
        "Get https://r.example.com/v2/: dial tcp: lookup r.example.com: no such host",
        "dial tcp 127.0.0.1:1: connect: connection refused",
        "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
        "toomanyrequests: quota exceeded",
    ],
)
def test_what_may_pass_can_be_tried_again(words: str) -> None:
    assert isinstance(refusal(words, OTHER), PlatformUnavailable)


def test_plain_http_is_for_loopback() -> None:
    assert "plain http" in refusal("server gave HTTP response to HTTPS client", OTHER).message


def test_anything_else_is_repeated() -> None:
    assert "blob invalid" in refusal("blob invalid", OTHER).message


def test_an_absent_image_is_no_refusal() -> None:
    assert is_absent("manifest unknown: manifest unknown")
    assert not is_absent("unauthorized: authentication required")
