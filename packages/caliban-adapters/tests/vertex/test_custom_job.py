"""Jobs in Vertex AI's words."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.vertex.custom_job import (
    STATUSES,
    Place,
    Settings,
    body,
    console_url,
    machine_of,
    name_of,
    outcome_of,
    place_of,
    plan,
)
from caliban_domain.accelerators import parse_gpu, parse_tpu
from caliban_domain.errors import UsageError
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, JobMode
from caliban_domain.jobs import JobSpec, JobStatus
from caliban_domain.machines import Hardware, choose
from caliban_domain.mlflow import MlflowConfig, Tracking
from caliban_domain.names import GroupName, JobName
from fakes.discovery import read_api
from fakes.job_rules import broken_rules
from fakes.job_states import FOLLOWERS

IMAGE = ImageRef("us-central1-docker.pkg.dev/my-project/caliban/app@sha256:0")
NAME = JobName("forest-1-0123abcd-1")
CPU = choose(JobMode.CPU)


def settings(hardware: Hardware = CPU, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "project": "my-project",
        "group": GroupName("forest"),
        "hardware": hardware,
        "command": ("python", "train.py"),
    }
    return Settings(**{**given, **changes})


def spec(*argv: str, of: Settings | None = None) -> JobSpec:
    return plan(Experiment(script_args=argv), IMAGE, NAME, of or settings())


def pool(job: dict[str, Any]) -> dict[str, Any]:
    (only,) = job["jobSpec"]["workerPoolSpecs"]
    assert isinstance(only, dict)
    return only


def complaints(job: dict[str, Any]) -> list[str]:
    api = read_api("aiplatform", "v1")
    method = next(known for known in api.methods if known.id.endswith("customJobs.create"))
    assert method.request
    return [*api.schemas.complaints_about_request(method.request, job), *broken_rules(job)]


def test_a_job_runs_the_command_with_its_arguments_in_its_image() -> None:
    container = pool(body(spec("--rate", "0.1")))["containerSpec"]
    assert container["imageUri"] == IMAGE.reference
    assert container["command"] == ["python", "train.py"]
    assert container["args"] == ["--rate", "0.1"]


def test_a_job_finds_its_group_and_its_name_in_its_environment() -> None:
    environment = pool(body(spec()))["containerSpec"]["env"]
    assert {each["name"]: each["value"] for each in environment} == {
        "CALIBAN_XGROUP": "forest",
        "CALIBAN_JOB": NAME,
        "PYTHONUNBUFFERED": "1",
    }


def test_a_tracked_job_is_a_run_of_its_own_name() -> None:
    tracking = Tracking(MlflowConfig(tracking_uri="https://mlflow.example"), GroupName("forest"))
    job = body(spec("--rate", "0.1", of=settings(tracking=tracking)))
    container = pool(job)["containerSpec"]
    found = {each["name"]: each["value"] for each in container["env"]}
    assert found["MLFLOW_TRACKING_URI"] == "https://mlflow.example"
    assert found["MLFLOW_EXPERIMENT_NAME"] == "forest"
    assert json.loads(found["MLFLOW_RUN_CONTEXT"])["mlflow.runName"] == NAME
    assert complaints(job) == []


def test_vertex_ai_replaces_nothing_in_what_a_job_is_told() -> None:
    group = GroupName("pay $(HOME) $5")
    job = body(spec(of=settings(group=group)))
    found = {each["name"]: each["value"] for each in pool(job)["containerSpec"]["env"]}
    assert found["CALIBAN_XGROUP"] == "pay $$(HOME) $5"


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (settings(), "n1-highcpu-32"),
        (settings(choose(JobMode.GPU), spot=True), "g2-standard-8 with 1 NVIDIA_L4, spot"),
        (
            settings(choose(JobMode.CPU, tpu=parse_tpu("16xV6E")), timeout=1.0),
            "ct6e-standard-4t with 4x4 chips",
        ),
    ],
)
def test_what_a_job_runs_on_can_be_said(of: Settings, words: str) -> None:
    assert machine_of(spec(of=of)) == words


def test_a_gpu_is_asked_for_by_the_services_name() -> None:
    hardware = choose(JobMode.GPU, gpu=parse_gpu("2xV100"))
    assert pool(body(spec(of=settings(hardware))))["machineSpec"] == {
        "machineType": "n1-standard-8",
        "acceleratorType": "NVIDIA_TESLA_V100",
        "acceleratorCount": 2,
    }


@pytest.mark.parametrize(
    ("asked", "machine"),
    [
        (
            "8xV3",
            {"machineType": "cloud-tpu", "acceleratorType": "TPU_V3", "acceleratorCount": 8},
        ),
        ("16xV6E", {"machineType": "ct6e-standard-4t", "tpuTopology": "4x4"}),
    ],
)
def test_a_tpu_is_asked_for_in_the_way_of_its_generation(
    asked: str, machine: dict[str, Any]
) -> None:
    hardware = choose(JobMode.CPU, tpu=parse_tpu(asked))
    assert pool(body(spec(of=settings(hardware))))["machineSpec"] == machine


def test_everything_that_can_be_asked_for_is_in_the_job() -> None:
    job = body(
        spec(
            of=settings(
                spot=True,
                timeout=5400.0,
                service_account="trainer@my-project.iam.gserviceaccount.com",
                network="projects/1/global/networks/mine",
                boot_disk_gb=200,
            )
        )
    )
    assert job["jobSpec"]["scheduling"] == {"strategy": "SPOT", "timeout": "5400s"}
    assert job["jobSpec"]["serviceAccount"] == "trainer@my-project.iam.gserviceaccount.com"
    assert job["jobSpec"]["network"] == "projects/1/global/networks/mine"
    assert pool(job)["diskSpec"] == {"bootDiskSizeGb": 200}
    assert complaints(job) == []


def test_what_nobody_asked_for_is_left_to_the_service() -> None:
    job = body(spec())
    assert job["jobSpec"].keys() == {"workerPoolSpecs"}
    assert "diskSpec" not in pool(job)


def test_a_label_of_the_person_wins_over_an_argument_and_caliban_keeps_its_own() -> None:
    of = settings(labels={"rate": "mine", "caliban_job": "x"}, chosen_labels={"job_name": "n"})
    labels = body(spec("--rate", "0.1", "--epochs", "3", of=of))["labels"]
    assert labels == {
        "caliban_job": NAME,
        "caliban_xgroup": "forest",
        "job_name": "n",
        "rate": "mine",
        "epochs": "3",
    }


def test_the_64_labels_of_a_job_are_counted_with_calibans_own() -> None:
    flags = [f"--flag{number}" for number in range(62)]
    assert len(body(spec(*flags))["labels"]) == 64
    with pytest.raises(UsageError, match="65 labels, and Vertex AI takes 64"):
        spec(*flags, "--one_more")


@given(st.lists(st.text(max_size=80), max_size=50))
def test_any_arguments_make_a_job_that_the_schema_knows(argv: list[str]) -> None:
    assert complaints(body(spec(*argv))) == []


def test_another_attempt_takes_another_name_and_image() -> None:
    first = spec("--rate", "0.1")
    second = JobSpec(
        name=JobName("forest-1-0123abcd-2"), image=ImageRef("x@sha256:1"), payload=first.payload
    )
    job = body(second)
    assert (job["displayName"], name_of(job)) == (second.name, second.name)
    assert pool(job)["containerSpec"]["imageUri"] == "x@sha256:1"
    assert pool(job)["containerSpec"]["args"] == ["--rate", "0.1"]


def test_a_payload_says_where_its_job_is_and_can_be_kept_as_json() -> None:
    planned = spec()
    assert json.loads(json.dumps(planned.payload)) == planned.payload
    assert place_of(planned) == Place("my-project", "us-central1")
    assert place_of(planned).parent == "projects/my-project/locations/us-central1"


def shown(state: str, **more: Any) -> dict[str, Any]:
    return {"name": "projects/1/locations/us-central1/customJobs/7", "state": state, **more}


def test_every_state_that_the_service_knows_has_a_status() -> None:
    assert set(STATUSES) == set(FOLLOWERS)


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("JOB_STATE_QUEUED", JobStatus.SUBMITTED, "no quota or no machine is free for it now"),
        ("JOB_STATE_PENDING", JobStatus.SUBMITTED, "its machine is being prepared"),
        ("JOB_STATE_RUNNING", JobStatus.RUNNING, None),
        ("JOB_STATE_CANCELLING", JobStatus.RUNNING, "is being stopped"),
        ("JOB_STATE_SUCCEEDED", JobStatus.SUCCEEDED, None),
        ("JOB_STATE_CANCELLED", JobStatus.STOPPED, "stopped on Vertex AI"),
        ("JOB_STATE_OF_NEXT_YEAR", JobStatus.SUBMITTED, "is in JOB_STATE_OF_NEXT_YEAR"),
    ],
)
def test_a_state_is_told_in_calibans_words(
    state: str, status: JobStatus, reason: str | None
) -> None:
    outcome = outcome_of(shown(state))
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.handle == "projects/1/locations/us-central1/customJobs/7"


def test_a_failure_has_the_services_words_and_the_exit_code_in_them() -> None:
    message = "The replica workerpool0-0 exited with a non-zero status of 3. \n See the log."
    ended = shown(
        "JOB_STATE_FAILED",
        error={"code": 13, "message": message},
        startTime="2026-01-02T03:04:05.123456789Z",
        endTime="2026-01-02T04:00:00Z",
    )
    outcome = outcome_of(ended)
    assert outcome.exit_code == 3
    assert outcome.reason == (
        "The replica workerpool0-0 exited with a non-zero status of 3. See the log"
    )
    assert outcome.started_at == datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    assert outcome.ended_at == datetime(2026, 1, 2, 4, tzinfo=UTC)


def test_a_job_that_never_got_a_machine_has_no_exit_code() -> None:
    outcome = outcome_of(shown("JOB_STATE_EXPIRED", updateTime="2026-01-02T04:00:00Z"))
    assert (outcome.status, outcome.exit_code) == (JobStatus.FAILED, None)
    assert outcome.ended_at == datetime(2026, 1, 2, 4, tzinfo=UTC)


def test_a_success_has_exit_code_0() -> None:
    assert outcome_of(shown("JOB_STATE_SUCCEEDED")).exit_code == 0


def test_a_job_has_a_page_in_the_console() -> None:
    assert console_url(Place("p", "us-east1"), "projects/1/locations/us-east1/customJobs/7") == (
        "https://console.cloud.google.com/agent-platform/locations/us-east1/training/7?project=p"
    )
