"""How a job's container is created, and what its state says."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from caliban_adapters.docker.containers import (
    ContainerSettings,
    Mount,
    create_argv,
    create_body,
    gpus_wanted,
    job_settings,
    outcome_of,
)
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from caliban_domain.memory import out_of_memory
from caliban_domain.mlflow import MlflowConfig, Tracking
from caliban_domain.names import GroupName, JobName

SPEC = JobSpec(
    name=JobName("group-1-abc-1"),
    image=ImageRef("sha256:feed"),
    payload={"command": ["python", "train.py", "--name", "a b"]},
)
SETTINGS = ContainerSettings(
    command=("python", "train.py"),
    user="1000:1001",
    environment={"PYTHONUNBUFFERED": "1"},
    mounts=(
        Mount(source="/home/ada, 2", target="/data"),
        Mount(source="/key", target="/run/key", read_only=True),
    ),
    gpus=True,
    run_args=("--env", "TOKEN", "--gpus", "device=0"),
)


def test_the_engine_is_asked_for_a_named_container_of_the_command() -> None:
    assert create_body(SPEC, replace(SETTINGS, run_args=())) == {
        "Image": "sha256:feed",
        "Entrypoint": ["python"],
        "Cmd": ["train.py", "--name", "a b"],
        "Env": ["PYTHONUNBUFFERED=1"],
        "Labels": {"io.caliban.job": "group-1-abc-1"},
        "HostConfig": {
            "Init": True,
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "32m", "max-file": "2"}},
            "Mounts": [
                {"Type": "bind", "Source": "/home/ada, 2", "Target": "/data", "ReadOnly": False},
                {"Type": "bind", "Source": "/key", "Target": "/run/key", "ReadOnly": True},
            ],
            "DeviceRequests": [{"Driver": "", "Count": -1, "Capabilities": [["gpu"]]}],
        },
        "User": "1000:1001",
    }


def test_a_job_joins_the_network_of_another_container_where_it_is_lent_one() -> None:
    assert create_body(SPEC, SETTINGS, network="feed")["HostConfig"]["NetworkMode"] == (
        "container:feed"
    )
    assert "NetworkMode" not in create_body(SPEC, SETTINGS)["HostConfig"]


def test_the_client_is_given_further_arguments_after_ours_so_that_they_win() -> None:
    assert create_argv(SPEC, SETTINGS) == (
        *("docker", "create", "--init"),
        *("--name", "group-1-abc-1"),
        *("--label", "io.caliban.job=group-1-abc-1"),
        *("--log-driver", "json-file", "--log-opt", "max-size=32m", "--log-opt", "max-file=2"),
        *("--user", "1000:1001"),
        *("--env", "PYTHONUNBUFFERED=1"),
        *("--mount", 'type=bind,"source=/home/ada, 2",target=/data'),
        *("--mount", "type=bind,source=/key,target=/run/key,readonly"),
        *("--env", "TOKEN", "--gpus", "device=0"),
        *("--entrypoint", "python"),
        *("sha256:feed", "train.py", "--name", "a b"),
    )


def test_a_job_sees_all_gpus_or_those_that_it_was_lent() -> None:
    settings = replace(SETTINGS, run_args=("--env", "TOKEN"), gpus_per_job=2)
    spec = replace(SPEC, payload=settings.payload(Experiment()))
    assert (gpus_wanted(SPEC, settings), gpus_wanted(spec, settings)) == (0, 2)
    assert "--gpus all" in " ".join(create_argv(spec, settings))
    lent = create_argv(spec, settings, devices=("0", "3"))
    assert lent[lent.index("--gpus") + 1] == '"device=0,3"'
    assert "io.caliban.gpus=0,3" in lent
    body = create_body(spec, settings, devices=("0", "3"))
    assert body["Labels"]["io.caliban.gpus"] == "0,3"
    (request,) = body["HostConfig"]["DeviceRequests"]
    assert request == {"Driver": "", "DeviceIDs": ["0", "3"], "Capabilities": [["gpu"]]}


@pytest.mark.parametrize("own", [("--gpus", "device=0"), ("--gpus=device=0",)])
def test_gpus_that_the_person_names_are_the_only_ones(own: tuple[str, ...]) -> None:
    settings = replace(SETTINGS, run_args=own, gpus_per_job=1)
    spec = replace(SPEC, payload=settings.payload(Experiment()))
    assert gpus_wanted(spec, settings) == 0
    assert "DeviceRequests" not in create_body(spec, settings)["HostConfig"]


@pytest.mark.parametrize("own", [("--log-driver=none",), ("--log-opt", "max-size=1g")])
def test_a_log_that_the_person_chooses_has_no_bounds_of_ours(own: tuple[str, ...]) -> None:
    words = create_argv(SPEC, replace(SETTINGS, run_args=own))
    assert [word for word in words if "log" in word] == [word for word in own if "log" in word]


def test_limits_are_in_the_spec_and_in_both_ways_of_creating_a_container() -> None:
    settings = ContainerSettings(command=("python",), environment={}, memory=1 << 29, cpus=1.5)
    payload = settings.payload(Experiment(script_args=("train.py",)))
    assert payload == {"command": ["python", "train.py"], "memory": 1 << 29, "cpus": 1.5}
    limited = replace(SPEC, payload=payload)
    # What was recorded counts, not what the command that starts it was given.
    host = create_body(limited, SETTINGS)["HostConfig"]
    assert (host["Memory"], host["NanoCpus"]) == (1 << 29, 1_500_000_000)
    words = " ".join(create_argv(limited, SETTINGS))
    assert "--memory 536870912 --cpus 1.5 " in words
    assert words.index("--memory") < words.index("--env TOKEN")


TRACKED = replace(
    SETTINGS,
    environment={"MLFLOW_TRACKING_URI": "http://mlflow:5000"},
    tracking=Tracking(MlflowConfig(tracking_uri="http://mlflow:5000"), GroupName("group")),
    tracking_secrets={"MLFLOW_TRACKING_PASSWORD": "acorn"},
)


def test_a_tracked_job_is_recorded_without_the_secrets_that_its_container_gets() -> None:
    payload = TRACKED.payload(Experiment((("rate", 1),)))
    body = create_body(replace(SPEC, payload=payload), TRACKED)
    assert payload["command"] == ["python", "train.py", "--rate", "1"]
    assert "acorn" not in json.dumps(payload) + repr(TRACKED)
    variables = dict(variable.split("=", 1) for variable in body["Env"])
    assert variables["MLFLOW_TRACKING_PASSWORD"] == "acorn"  # noqa: S105
    assert variables["MLFLOW_EXPERIMENT_NAME"] == "group"
    assert json.loads(variables["MLFLOW_RUN_CONTEXT"])["mlflow.runName"] == SPEC.name


def test_secrets_of_tracking_stand_on_no_command_line() -> None:
    spec = replace(SPEC, payload=TRACKED.payload(Experiment()))
    argv = create_argv(spec, TRACKED)
    assert ("--env", "MLFLOW_TRACKING_PASSWORD") in pairwise(argv)
    assert "acorn" not in str(argv)
    assert job_settings(spec, TRACKED).secrets == {"MLFLOW_TRACKING_PASSWORD": "acorn"}


def test_a_job_recorded_as_tracked_gets_the_secrets_of_whoever_repeats_it() -> None:
    recorded = replace(SPEC, payload=TRACKED.payload(Experiment()))
    mine = replace(SETTINGS, tracking_secrets={"MLFLOW_TRACKING_TOKEN": "t0ken"})
    assert "MLFLOW_TRACKING_TOKEN=t0ken" in create_body(recorded, mine)["Env"]
    assert "t0ken" not in str(create_body(SPEC, mine))


def inspected(status: str, **state: Any) -> dict[str, Any]:
    never = "0001-01-01T00:00:00Z"
    ended = {
        "ExitCode": 0,
        "OOMKilled": False,
        "Error": "",
        "StartedAt": never,
        "FinishedAt": never,
    }
    return {"Id": "c0ffee", "State": {"Status": status, **ended, **state}}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("created", JobStatus.PLANNED),
        ("running", JobStatus.RUNNING),
        ("paused", JobStatus.RUNNING),
        ("restarting", JobStatus.RUNNING),
        ("removing", JobStatus.RUNNING),
    ],
)
def test_a_container_that_has_not_ended_says_how_far_its_job_is(
    state: str, status: JobStatus
) -> None:
    assert outcome_of(inspected(state), "engine") == Outcome(status=status, handle="engine")


def test_a_container_that_runs_says_since_when() -> None:
    outcome = outcome_of(inspected("running", StartedAt="2026-11-22T21:33:25.5Z"), "engine")
    assert outcome.started_at == datetime(2026, 11, 22, 21, 33, 25, tzinfo=UTC)


def test_a_container_that_ended_well_is_a_success_with_its_time() -> None:
    ended = inspected(
        "exited",
        StartedAt="2026-11-22T21:33:25.987654321Z",
        FinishedAt="2026-11-22T21:33:27.123456789Z",
    )
    assert outcome_of(ended, "engine") == Outcome(
        status=JobStatus.SUCCEEDED,
        exit_code=0,
        started_at=datetime(2026, 11, 22, 21, 33, 25, tzinfo=UTC),
        ended_at=datetime(2026, 11, 22, 21, 33, 27, tzinfo=UTC),
        handle="engine",
    )


@pytest.mark.parametrize(
    ("state", "exit_code", "reason"),
    [
        ({"ExitCode": 3}, 3, None),
        ({"ExitCode": 137}, 137, "it was ended by SIGKILL"),
        ({"ExitCode": 143}, 143, "it was ended by SIGTERM"),
        ({"ExitCode": 255}, 255, None),
        ({"ExitCode": 127, "Error": "no such program"}, 127, "no such program"),
    ],
)
def test_a_container_that_ended_badly_says_why(
    state: dict[str, Any], exit_code: int, reason: str | None
) -> None:
    outcome = outcome_of(inspected("exited", **state), "engine")
    assert (outcome.status, outcome.exit_code) == (JobStatus.FAILED, exit_code)
    assert outcome.reason == reason


def test_a_container_that_ran_out_of_memory_says_what_it_was_allowed() -> None:
    ended = inspected("exited", ExitCode=137, OOMKilled=True)
    assert "no limit of its own" in (outcome_of(ended, "engine").reason or "")
    limited = ended | {"HostConfig": {"Memory": 16 << 20}}
    assert outcome_of(limited, "engine").reason == out_of_memory(16 << 20)
