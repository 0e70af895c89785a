"""What Google's refusals become."""

import json
from collections.abc import Mapping

import pytest
from googleapiclient.errors import HttpError

from caliban_adapters.gcp.failures import Busy, Failure, NotThere, Refused, Unclear, failure_of
from caliban_adapters.gcp.session import Answer
from fakes import refusals
from fakes.refusals import Refusal


def told(refusal: Refusal) -> Failure:
    answer = Answer(refusal.code, "", refusal.headers)
    return failure_of(HttpError(answer, json.dumps(refusal.body).encode()), "my-project")


@pytest.mark.parametrize(
    ("refusal", "kind", "message", "hint"),
    [
        (
            refusals.api_not_enabled(),
            Refused,
            "the API of Vertex AI is not enabled in project my-project",
            "gcloud services enable aiplatform.googleapis.com --project my-project",
        ),
        (
            refusals.permission_denied(),
            Refused,
            (
                "you lack the permission aiplatform.customJobs.create in project my-project, if "
                "there is such a project"
            ),
            (
                "an owner can give it: gcloud projects add-iam-policy-binding my-project "
                "--member user:YOU --role roles/aiplatform.user"
            ),
        ),
        (
            refusals.no_quota_project(),
            Refused,
            "your login names no project that its requests are counted for",
            "gcloud auth application-default set-quota-project my-project",
        ),
        (
            refusals.billing_disabled(),
            Refused,
            "nobody pays for project my-project: it has no billing account",
            (
                "gcloud billing projects link my-project --billing-account ACCOUNT_ID; gcloud "
                "billing accounts list shows yours"
            ),
        ),
        (
            Refusal(code=403, status="PERMISSION_DENIED", message="Project my-project not found."),
            Refused,
            "there is no project my-project, or not for you",
            "gcloud projects list shows yours; --project_id names one",
        ),
        (
            refusals.quota_exceeded(),
            Refused,
            (
                "a quota of project my-project is too small: The following quota metrics exceed "
                "quota limits: aiplatform.googleapis.com/custom_model_training_nvidia_l4_gpus"
            ),
            (
                "ask for less, or for more quota at "
                "https://console.cloud.google.com/iam-admin/quotas?project=my-project"
            ),
        ),
        (
            refusals.token_expired(),
            Refused,
            "Google doesn't accept your login any more",
            (
                "gcloud auth application-default login logs you in; --cloud_key names a service "
                "account's key"
            ),
        ),
        (refusals.invalid("field x is wrong"), Refused, "Google refused: field x is wrong", None),
        (refusals.not_found("Job 7"), NotThere, "Google refused: Job 7 not found.", None),
        (
            refusals.internal(),
            Unclear,
            f"Google answered 500: {refusals.internal().message}",
            None,
        ),
    ],
)
def test_a_refusal_says_what_to_do(
    refusal: Refusal, kind: type[Failure], message: str, hint: str | None
) -> None:
    failure = told(refusal)
    assert (type(failure), failure.message, failure.hint) == (kind, message, hint)


@pytest.mark.parametrize(
    ("refusal", "role"),
    [
        (refusals.permission_denied("logging.logEntries.list"), "roles/logging.viewer"),
        (refusals.may_not_act_as("me@p.example"), "roles/iam.serviceAccountUser"),
        (
            refusals.permission_denied("serviceusage.services.use"),
            "roles/serviceusage.serviceUsageConsumer",
        ),
    ],
)
def test_a_permission_that_is_lacking_comes_with_the_role_that_has_it(
    refusal: Refusal, role: str
) -> None:
    assert str(told(refusal).hint).endswith(f" --role {role}")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, None), ({"Retry-After": "7"}, 7.0), ({"Retry-After": "Wed, 21 Oct"}, None)],
)
def test_too_often_is_not_too_much(headers: Mapping[str, str], seconds: float | None) -> None:
    limit = refusals.rate_exceeded()
    failure = told(Refusal(code=429, status=limit.status, message=limit.message, headers=headers))
    assert isinstance(failure, Busy)
    assert failure.retry_after == seconds


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(
            code=429,
            status="RESOURCE_EXHAUSTED",
            message="Resource has been exhausted (e.g. check quota).",
        ),
        Refusal(code=429, status="", message="", headers={"Retry-After": "1"}),
    ],
)
def test_a_service_that_is_overloaded_is_only_busy(refusal: Refusal) -> None:
    assert isinstance(told(refusal), Busy)


def test_an_answer_that_is_not_googles_is_told_too() -> None:
    answer = HttpError(Answer(418, "I'm a teapot", {}), b"<html>")
    assert failure_of(answer, "p").message == "Google refused: I'm a teapot"
