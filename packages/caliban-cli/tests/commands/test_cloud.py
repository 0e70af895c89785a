"""``caliban cloud``, as far as it goes without Google; ``integration/test_cloud.py`` goes on."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Caliban, everything_below  # noqa: TID252

TRAIN = {"train.py": ""}
SWEEP = {**TRAIN, "sweep.json": '{"lr": [0.1, 0.2]}'}
BASE = ("cloud", "--nogpu", "--xgroup", "g")
IMAGE = ("--image_tag", "us-docker.pkg.dev/my-project/caliban/app@sha256:0")
PROJECT = {"PROJECT_ID": "my-project"}


def exported(caliban: Caliban, project: Path, *words: str, **environment: str) -> dict[str, Any]:
    """The first job that would be submitted."""
    finished = caliban(
        *("cloud", "--xgroup", "g", "--export", "jobs.json", "--force", *IMAGE, *words),
        files=TRAIN,
        env={**PROJECT, **environment},
    )
    assert finished.exit_code == 0, finished.stderr
    job: dict[str, Any] = json.loads((project / "jobs.json").read_text())[0]
    return job


def machine(job: dict[str, Any]) -> dict[str, Any]:
    (pool,) = job["jobSpec"]["workerPoolSpecs"]
    spec: dict[str, Any] = pool["machineSpec"]
    return spec


def test_a_dry_run_says_what_would_be_submitted(caliban: Caliban, project: Path) -> None:
    finished = caliban(
        *(*BASE, "--dry_run", "--experiment_config", "sweep.json", "train.py", "--", "--a", "b"),
        files=SWEEP,
        env=PROJECT,
    )
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert (
        finished.stdout
        == f"""\
would build a CPU image of {project} from python:3.12-slim:
  copy .
would push it to us-central1-docker.pkg.dev/my-project/caliban/project
would submit 2 jobs in us-central1 of project my-project, xgroup g, on n1-highcpu-32:
  python train.py --a b --lr 0.1
  python train.py --a b --lr 0.2
"""
    )


@pytest.mark.parametrize(
    ("processor", "words", "told"),
    [
        ("x86_64", (), "from"),
        ("x86_64", ("--platform", "linux/arm64"), "for linux/arm64 from"),
        ("arm64", (), "for linux/amd64 from"),
        ("arm64", ("--platform", "linux/arm64"), "from"),
        ("riscv64", (), "for linux/amd64 from"),
    ],
)
def test_an_image_is_made_for_the_machines_that_run_it(
    caliban: Caliban,
    monkeypatch: pytest.MonkeyPatch,
    processor: str,
    words: tuple[str, ...],
    told: str,
) -> None:
    here = os.uname_result(("Linux", "lab", "6", "1", processor))
    monkeypatch.setattr(os, "uname", lambda: here)
    finished = caliban(*BASE, "--dry_run", *words, "train.py", files=TRAIN, env=PROJECT)
    assert finished.stdout.splitlines()[0].endswith(f"/project {told} python:3.12-slim:")


def test_a_platform_that_is_none_is_refused(caliban: Caliban) -> None:
    finished = caliban(*BASE, "--platform", "arm", "train.py", files=TRAIN, env=PROJECT)
    assert finished.exit_code == 2
    assert "'arm' is not a platform such as linux/amd64 or linux/arm64" in finished.stderr


def test_a_dry_run_says_how_long_submitting_would_take(caliban: Caliban) -> None:
    finished = caliban(
        *(*BASE, "--dry_run", "--experiment_config", "-", "train.py"),
        files=TRAIN,
        env=PROJECT,
        stdin=json.dumps({"n": list(range(1000))}),
    )
    assert "would submit 1,000 jobs at 60 a minute: 17 min in us-central1" in finished.stdout


def test_a_dry_run_touches_nothing(caliban: Caliban, project: Path, home: Path) -> None:
    words = (*BASE, "--dry_run", "train.py")
    assert caliban(*words, files=TRAIN, env=PROJECT).exit_code == 0
    assert set(everything_below(home, project)) == {project / "train.py"}


def test_exporting_records_nothing(caliban: Caliban, project: Path, home: Path) -> None:
    exported(caliban, project, "--nogpu", "train.py")
    assert set(everything_below(home, project)) == {project / "train.py", project / "jobs.json"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--nogpu",), {"machineType": "n1-highcpu-32"}),
        (
            (),
            {
                "machineType": "g2-standard-8",
                "acceleratorType": "NVIDIA_L4",
                "acceleratorCount": 1,
            },
        ),
        (
            ("--gpu_spec", "8xH100", "--region", "us-east4"),
            {
                "machineType": "a3-highgpu-8g",
                "acceleratorType": "NVIDIA_H100_80GB",
                "acceleratorCount": 8,
            },
        ),
        (
            ("--tpu_spec", "8xV2"),
            {"machineType": "cloud-tpu", "acceleratorType": "TPU_V2", "acceleratorCount": 8},
        ),
        (
            ("--gpu_spec", "3xNVIDIA_X1000", "--machine_type", "x9-huge"),
            {
                "machineType": "x9-huge",
                "acceleratorType": "NVIDIA_X1000",
                "acceleratorCount": 3,
            },
        ),
    ],
)
def test_hardware_is_what_was_asked_for(
    caliban: Caliban, project: Path, words: tuple[str, ...], expected: dict[str, Any]
) -> None:
    assert machine(exported(caliban, project, *words, "train.py")) == expected


@pytest.mark.parametrize(
    ("words", "default", "mode"),
    [
        ((), "gpu", "gpu"),
        (("--nogpu",), "gpu", "cpu"),
        (("--tpu_spec", "8xV2"), "gpu", "cpu"),
        ((), "cpu", "cpu"),
        (("--gpu_spec", "2xL4"), "cpu", "gpu"),
    ],
)
def test_the_image_and_the_label_follow_the_hardware(
    caliban: Caliban, project: Path, words: tuple[str, ...], default: str, mode: str
) -> None:
    (project / ".calibanconfig.json").write_text(json.dumps({"default_mode": default}))
    planned = caliban("cloud", "--dry_run", *words, "train.py", files=TRAIN, env=PROJECT)
    assert f"would build a {mode.upper()} image" in planned.stdout
    labels = exported(caliban, project, *words, "train.py")["labels"]
    assert labels["gpu_enabled"] == str(mode == "gpu").lower()


def test_a_time_limit_is_never_rounded_to_none(caliban: Caliban, project: Path) -> None:
    job = exported(caliban, project, "--nogpu", "--timeout", "0.3", "train.py")
    assert job["jobSpec"]["scheduling"] == {"timeout": "1s"}


def test_every_flag_reaches_the_job(caliban: Caliban, project: Path) -> None:
    job = exported(
        caliban,
        project,
        *("--spot", "--timeout", "2h", "--boot_disk_gb", "500"),
        *("--service_account", "me@my-project.iam.gserviceaccount.com"),
        *("--network", "projects/1/global/networks/n", "--name", "Mine", "-l", "team=trees"),
        *("train.py", "--", "--lr", "0.1"),
    )
    assert job["jobSpec"]["scheduling"] == {"strategy": "SPOT", "timeout": "7200s"}
    assert job["jobSpec"]["serviceAccount"] == "me@my-project.iam.gserviceaccount.com"
    assert job["jobSpec"]["network"] == "projects/1/global/networks/n"
    assert job["jobSpec"]["workerPoolSpecs"][0]["diskSpec"] == {"bootDiskSizeGb": 500}
    assert (
        job["labels"].items()
        >= {
            "job_name": "mine",
            "gpu_enabled": "true",
            "team": "trees",
            "lr": "0_1",
        }.items()
    )


def test_jobs_are_told_of_the_tracking_server(caliban: Caliban, project: Path) -> None:
    config = '{"mlflow_config": {"tracking_uri": "https://mlflow.example"}}'
    (project / ".calibanconfig.json").write_text(config)
    job = exported(caliban, project, "--nogpu", "train.py")
    (pool,) = job["jobSpec"]["workerPoolSpecs"]
    variables = {each["name"]: each["value"] for each in pool["containerSpec"]["env"]}
    assert variables["MLFLOW_TRACKING_URI"] == "https://mlflow.example"
    assert variables["MLFLOW_EXPERIMENT_NAME"] == "g"


@pytest.mark.parametrize(
    ("words", "files", "environment", "place"),
    [
        ((), {}, {}, "us-central1 of project my-project"),
        ((), {}, {"REGION": "europe-west4"}, "europe-west4 of project my-project"),
        (
            ("--region", "asia-east1", "--project_id", "other-project"),
            {},
            {"REGION": "europe-west4"},
            "asia-east1 of project other-project",
        ),
        (
            (),
            {".calibanconfig.json": '{"gcloud": {"project_id": "configured"}}'},
            {"PROJECT_ID": ""},
            "us-central1 of project configured",
        ),
    ],
)
def test_the_place_is_named_by_flag_variable_or_settings(
    caliban: Caliban,
    words: tuple[str, ...],
    files: dict[str, str],
    environment: dict[str, str],
    place: str,
) -> None:
    finished = caliban(
        *(*BASE, "--dry_run", *words, "train.py"),
        files={**TRAIN, **files},
        env={**PROJECT, **environment},
    )
    assert f" in {place}, xgroup g" in finished.stdout, finished.stderr


@pytest.mark.parametrize(
    ("spec", "note"),
    [
        ("1xT4", "Google will shut the T4 down on 2027-08-01"),
        ("4xGB200", "Google gives GB200 only to those who have reserved it; its machines need"),
    ],
)
def test_hardware_with_a_catch_is_used_with_a_note(caliban: Caliban, spec: str, note: str) -> None:
    finished = caliban(
        "cloud", "--dry_run", "--gpu_spec", spec, "train.py", files=TRAIN, env=PROJECT
    )
    assert finished.exit_code == 0
    assert finished.stderr.startswith(f"note: {note}")


def test_the_help_lists_the_hardware_that_there_is(caliban: Caliban) -> None:
    said = caliban("cloud", "--help").stdout
    for name in ("RTX_PRO_6000", "V6E", "us-central1", "a3-megagpu-8g"):
        assert name in said
    assert max(map(len, said.splitlines())) <= 100
