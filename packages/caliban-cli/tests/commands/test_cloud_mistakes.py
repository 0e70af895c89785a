"""What ``caliban cloud`` refuses before anything happens."""

from pathlib import Path

import pytest

from ..conftest import Caliban, everything_below  # noqa: TID252

TRAIN = {"train.py": ""}
IMAGE = ("--image_tag", "us-docker.pkg.dev/my-project/caliban/app@sha256:0")
PROJECT = {"PROJECT_ID": "my-project"}


@pytest.mark.parametrize(
    ("words", "complaint", "hint"),
    [
        (("--project_id", "My Project"), "'My Project' is not the id of a project", "gcloud"),
        (("--region", "us-centrall1"), "no region us-centrall1", "there are africa-south1"),
        (("--machine_type", "n1-standrad-8"), "did you mean n1-standard-8", "--force"),
        (("--gpu_spec", "3xV100"), "no machine has 3 GPUs of type V100", "1xV100, 2xV100"),
        (("--gpu_spec", "1xP100"), "Google shut the P100 down on 2026-09-15", "1xL4"),
        (("--gpu_spec", "1xK80"), "Google shut the K80 down", "1xL4"),
        (("--gpu_spec", "V100"), "'V100' doesn't say how many GPUs", "2xL4"),
        (("--gpu_spec", "1xL4", "--region", "us-south1"), "no 1xL4 in us-south1", "us-central1"),
        (
            ("--gpu_spec", "1xL4", "--machine_type", "n1-standard-8"),
            "n1-standard-8 can't have 1xL4",
            "g2-standard-8",
        ),
        (("--tpu_spec", "3xV6E"), "no slice of 3 TPUs of type V6E", "4xV6E"),
        (
            ("--image_tag", "us-docker.pkg.dev/other-project/caliban/app"),
            "belongs to the project other-project, not to my-project",
            "--project_id other-project",
        ),
        (("--nogpu", "--gpu_spec", "1xL4"), "contradict each other", "leave one"),
        (("--tpu_spec", "32xV2", "--spot"), "--spot can't be had for 32xV2", "leave out"),
        (("--machine_type", "e2-standard-4"), "can't have 1xL4", "e2-standard-4 goes with --nogpu"),
        (("--network", "projects/my-project/global/networks/n"), "projects/NUMBER/", "--help"),
        (("--service_account", "me"), "'me' is not the email of a service account", "--help"),
        (("--tpu_spec", "9xV5E", "--force"), "9xV5E can't be asked for", "--force doesn't help"),
        (("--image_repository", "nowhere"), "'nowhere' is not an image repository", "HOST"),
        (("--label", "novalue"), "'novalue' is not a key and a value", "key=value"),
        (("--boot_disk_gb", "10"), "--boot_disk_gb 10 is not a size", "100 to 64000"),
        (("--export", "jobs.txt"), "--export jobs.txt ends in neither", "ending"),
        (
            tuple(f"--label=k{number}=v" for number in range(61)),
            "a job would have 65 labels, and Vertex AI takes 64",
            "--label",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_happens(
    caliban: Caliban, home: Path, words: tuple[str, ...], complaint: str, hint: str
) -> None:
    finished = caliban("cloud", *IMAGE, "--dry_run", *words, "train.py", files=TRAIN, env=PROJECT)
    assert finished.exit_code == 2
    assert complaint in finished.complaint
    assert hint in finished.hint
    assert everything_below(home) == {}


def test_an_image_without_a_name_is_refused(caliban: Caliban) -> None:
    finished = caliban(
        "cloud", "--nogpu", "--dry_run", "--image_tag", "", "train.py", files=TRAIN, env=PROJECT
    )
    assert finished.exit_code == 2
    assert "'' is not an image's name" in finished.complaint


def test_without_a_project_it_is_said_how_to_name_one(caliban: Caliban) -> None:
    finished = caliban("cloud", "--nogpu", "train.py", files=TRAIN, env={"PROJECT_ID": ""})
    assert finished.exit_code == 2
    assert finished.complaint == "no project of Google Cloud is named"
    assert "--project_id" in finished.hint


def test_a_key_that_is_none_is_refused(caliban: Caliban) -> None:
    finished = caliban(
        *("cloud", "--nogpu", "--cloud_key", "key.json", "train.py"),
        files={**TRAIN, "key.json": "{}"},
        env=PROJECT,
    )
    assert finished.exit_code == 2
    assert "can't be used as a key" in finished.complaint
