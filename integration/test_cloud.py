"""``caliban cloud`` as a person types it, and a program that plays Google."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import job_states, misbehaviour
from fakes.clients import PARENT, Library
from fakes.misbehaviour import Fault
from fakes.server import Google
from registry_server import is_installed, registry_server
from workplace import Finished, Workplace, docker

IMAGE = "us-docker.pkg.dev/my-project/caliban/app@sha256:" + "0" * 64
CLOUD = ("cloud", "--nogpu", "--force", "--image_tag", IMAGE, "--xgroup", "forest")
SWEEP = ("--experiment_config", "sweep.json", "train.py")
_PATIENCE = 60


@pytest.fixture
def place(tmp_path: Path, google: Google) -> Workplace:
    """A project with a sweep of three, whose owner knows the way to Google."""
    place = Workplace(
        project=tmp_path / "project",
        home=tmp_path / "home",
        environment={**google.environment, "PROJECT_ID": "my-project", "NO_GCE_CHECK": "true"},
    )
    place.project.mkdir()
    place.home.mkdir()
    place.write({"train.py": "", "sweep.json": json.dumps({"lr": [0.1, 0.2, 0.3]})})
    return place


def states(place: Workplace) -> list[str]:
    return [job["status"] for job in place.jobs()]


def handles(google: Google) -> list[str]:
    return [job["name"] for job in google.jobs.all()]


def test_a_sweep_is_submitted_watched_stopped_and_submitted_again(
    place: Workplace, google: Google
) -> None:
    submitted = place.caliban(*CLOUD, *SWEEP).expect(0)
    assert "submitting 3 jobs in us-central1 of project my-project" in submitted.stderr
    first, second, third = sorted(google.jobs.all(), key=lambda job: str(job["displayName"]))
    number = first["name"].rpartition("/")[2]
    page = f"/agent-platform/locations/us-central1/training/{number}?project=my-project"
    line, *_ = sorted(submitted.stdout.splitlines())  # as they were accepted, side by side
    assert line.startswith(f"job 1  {number}  https://console.cloud.google.com{page}")
    assert line.endswith("  caliban logs -f 1")
    assert first["labels"]["lr"] == "0_1"
    assert states(place) == ["SUBMITTED"] * 3

    google.jobs.advance(first["name"], job_states.QUEUED)
    assert "no machine is free for it now" in place.caliban("why", "1").expect(0).stdout
    google.jobs.advance(first["name"], job_states.PENDING, job_states.RUNNING)
    google.jobs.advance(second["name"], job_states.RUNNING, job_states.FAILED)
    google.logs.write(second["name"], "ValueError: no trees")
    assert "its machine is being prepared" in place.caliban("why", "3").expect(0).stdout
    assert place.caliban("logs", "2").expect(0).stdout == "ValueError: no trees\n"
    assert "failed with exit code 1" in place.caliban("why", "2").expect(0).stdout

    place.caliban("stop", "--xgroup", "forest", "--yes").expect(0)
    assert states(place) == ["STOPPED", "FAILED", "STOPPED"]
    assert place.jobs()[0]["reason"].startswith("stopped by ")

    again = place.caliban("resubmit", "--xgroup", "forest", "--yes").expect(0)
    assert "submitted 3 jobs" in again.stderr
    assert states(place)[3:] == ["SUBMITTED"] * 3
    assert len(google.jobs.all()) == 6
    assert third["displayName"] != google.jobs.all()[-1]["displayName"]


def test_the_same_command_again_submits_only_what_is_missing(
    place: Workplace, google: Google
) -> None:
    place.caliban(*CLOUD, *SWEEP).expect(0)
    first, *_ = handles(google)
    google.jobs.advance(first, job_states.RUNNING, job_states.SUCCEEDED)
    place.write({"sweep.json": json.dumps({"lr": [0.1, 0.2, 0.3, 0.4]})})
    again = place.caliban(*CLOUD, *SWEEP).expect(0)
    assert "skipping 1 job" in again.stderr
    assert "2 jobs of xgroup forest were submitted before" in again.stderr
    assert len(google.jobs.all()) == 4


def test_a_sweep_is_submitted_whole_though_nobody_reads_on(
    place: Workplace, google: Google
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with place.start(*CLOUD, *SWEEP, stdout=theirs) as process:
        os.close(theirs)
    assert (process.returncode, len(google.jobs.all())) == (0, 3)
    assert states(place) == ["SUBMITTED"] * 3


def test_a_log_is_followed_to_the_end_of_its_job(place: Workplace, google: Google) -> None:
    place.caliban(*CLOUD, "train.py").expect(0)
    (job,) = handles(google)
    google.logs.write(job, "epoch 1")
    with place.start("logs", "-f", "1") as following:
        assert following.stdout
        assert following.stdout.readline() == "epoch 1\n"
        google.jobs.advance(job, job_states.RUNNING)
        google.logs.write(job, "epoch 2")
        google.jobs.advance(job, job_states.SUCCEEDED)
        assert following.stdout.read() == "epoch 2\n"
    assert following.returncode == 0


def test_exported_jobs_are_what_google_takes(place: Workplace, google: Google) -> None:
    place.caliban(*CLOUD, "--export", "jobs.json", *SWEEP).expect(0)
    bodies: list[dict[str, Any]] = json.loads((place.project / "jobs.json").read_text())
    with Library(google) as library:
        methods = library.custom_jobs()
        for body in bodies:
            methods.create(parent=PARENT, body=body).execute()
    assert len(google.jobs.all()) == 3
    assert place.jobs() == []


@pytest.mark.skipif(not all(map(shutil.which, ("gcloud", "jq"))), reason="no gcloud, or no jq")
def test_gcloud_itself_sends_exported_jobs_as_the_page_tells(
    place: Workplace, google: Google
) -> None:
    page = (Path(__file__).parents[1] / "docs/how-to/cloud.md").read_text()
    commands = page.partition("## Without Caliban")[2].partition("```bash\n")[2].partition("```")[0]
    place.caliban(*CLOUD, "--export", "jobs.json", *SWEEP, "--", "--text", 'a "b", $(HOME)').expect(
        0
    )
    known = {**os.environ, **google.environment, "CLOUDSDK_CONFIG": str(place.home / "gcloud")}
    subprocess.run(["bash", "-euc", commands], cwd=place.project, env=known, check=True)
    bodies = json.loads((place.project / "jobs.json").read_text())
    sent = [{field: job[field] for field in bodies[0]} for job in google.jobs.all()]
    assert sent == bodies


def complaint(finished: Finished) -> str:
    first, *rest = finished.stderr.splitlines()
    assert len(rest) <= 1, finished.stderr
    return first


@pytest.mark.parametrize(
    ("fault", "words", "hint"),
    [
        (
            misbehaviour.API_NOT_ENABLED,
            "the API of Vertex AI is not enabled in project my-project",
            "gcloud services enable aiplatform.googleapis.com --project my-project",
        ),
        (
            misbehaviour.PERMISSION_DENIED,
            "you lack the permission",
            "gcloud projects add-iam-policy-binding my-project",
        ),
        (misbehaviour.EXPIRED_TOKEN, "doesn't accept your login", "gcloud auth"),
    ],
)
def test_what_google_refuses_at_once_leaves_nothing_behind(
    place: Workplace, google: Google, fault: Fault, words: str, hint: str
) -> None:
    google.faults.when(lambda _: True, fault, times=None)
    refused = place.caliban(*CLOUD, *SWEEP).expect(5)
    assert words in complaint(refused)
    assert hint in refused.stderr
    google.faults.end()
    assert (google.jobs.all(), place.jobs()) == ([], [])


def test_a_quota_that_is_exceeded_ends_the_sweep_and_leaves_nothing_planned(
    place: Workplace, google: Google
) -> None:
    google.faults.on("customJobs.create", misbehaviour.QUOTA_EXCEEDED, times=None)
    refused = place.caliban(*CLOUD, *SWEEP).expect(5)
    assert "custom_model_training_nvidia_l4_gpus" in refused.stderr
    assert "console.cloud.google.com/iam-admin/quotas" in refused.stderr
    assert google.jobs.all() == []
    assert set(states(place)) <= {"FAILED", "STOPPED"}


def test_whoever_is_not_logged_in_is_told_how(place: Workplace, google: Google) -> None:
    nobody = {"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "", "CLOUDSDK_CONFIG": "/nowhere"}
    refused = place.caliban(*CLOUD, *SWEEP, env=nobody).expect(5)
    assert complaint(refused) == "caliban: you aren't logged in to Google Cloud"
    assert "gcloud auth application-default login" in refused.stderr
    assert google.asked == []


def test_a_key_is_used_that_the_command_line_names(place: Workplace, google: Google) -> None:
    google.tokens.required = True
    place.write({"key.json": google.service_account_key()})
    somebody = {"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": ""}
    place.caliban(*CLOUD, "--cloud_key", "key.json", "train.py", env=somebody).expect(0)
    assert len(google.jobs.all()) == 1


def test_every_command_uses_the_key_that_the_settings_name(
    place: Workplace, google: Google
) -> None:
    google.tokens.required = True
    settings = {"gcloud": {"cloud_key": "key.json"}}
    place.write(
        {"key.json": google.service_account_key(), ".calibanconfig.json": json.dumps(settings)}
    )
    logs_in = {"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": ""}
    place = replace(place, environment={**place.environment, **logs_in})
    place.caliban(*CLOUD, "train.py").expect(0)
    place.caliban("stop", "--xgroup", "forest", "--yes").expect(0)
    assert states(place) == ["STOPPED"]
    place.caliban("resubmit", "--xgroup", "forest", "--yes").expect(0)
    assert len(google.jobs.all()) == 2
    (place.project / "key.json").unlink()
    shown = place.caliban("status").expect(0)
    assert "SUBMITTED" in shown.stdout
    assert "key.json, which can't be used as a key" in shown.stderr


def test_a_platform_that_is_away_keeps_nothing_else_from_being_shown(
    place: Workplace, google: Google
) -> None:
    place.caliban(*CLOUD, "train.py").expect(0)
    google.faults.when(lambda _: True, misbehaviour.PERMISSION_DENIED, times=None)
    shown = place.caliban("status").expect(0)
    assert "SUBMITTED" in shown.stdout
    assert "you lack the permission" in shown.stderr


def test_a_command_that_is_killed_is_finished_by_the_same_command(
    place: Workplace, google: Google, tried: Counter[str]
) -> None:
    place.write({"sweep.json": json.dumps({"n": list(range(30))})})
    process = place.start(*CLOUD, *SWEEP)
    fault = Fault(effect=True, heard=0, meanwhile=process.kill)
    google.faults.when(lambda _: len(google.jobs.all()) >= 10, fault)
    process.communicate(timeout=_PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert 0 < len(google.jobs.all()) < 30

    place.caliban(*CLOUD, *SWEEP).expect(0)

    names = [job["displayName"] for job in google.jobs.all()]
    assert len(names) == len(set(names)) == 30
    assert {(job["name"], job["status"]) for job in place.jobs()} == {
        (name, "SUBMITTED") for name in names
    }
    tried["kills on the way to Vertex AI"] += 1


@pytest.mark.integration
@pytest.mark.skipif(not is_installed(), reason="no docker-registry; see scripts/test-tools")
def test_the_project_is_built_pushed_and_submitted_by_digest(
    place: Workplace, google: Google
) -> None:
    with registry_server() as registry:
        home = f"{registry.host}/trees/{place.project.name}"
        words = ("cloud", "--nogpu", "--image_repository", home, "--xgroup", "forest", *SWEEP)
        planned = place.caliban(*words[:-1], "--dry_run", "train.py").expect(0)
        assert f"would push it to {home}" in planned.stdout
        place.caliban(*words).expect(0)
        images = {
            pool["containerSpec"]["imageUri"]
            for job in google.jobs.all()
            for pool in job["jobSpec"]["workerPoolSpecs"]
        }
        (image,) = images
        assert image.startswith(f"{home}@sha256:")
        place.write({"train.py": "print('better')"})
        google.jobs.advance(handles(google)[0], job_states.RUNNING, job_states.FAILED)
        place.caliban("resubmit", "--xgroup", "forest", "--yes").expect(0)
        (*_, last) = google.jobs.all()
        (pool,) = last["jobSpec"]["workerPoolSpecs"]
        assert pool["containerSpec"]["imageUri"].startswith(f"{home}@sha256:")
        assert pool["containerSpec"]["imageUri"] != image
        docker("image", "rm", "--force", *set(docker("images", "--quiet", home).split()))


def test_an_interrupt_does_not_wait_for_the_next_minute(place: Workplace, google: Google) -> None:
    place.write({"sweep.json": json.dumps({"n": list(range(100))})})
    with place.start(*CLOUD, *SWEEP) as process:
        deadline = time.monotonic() + _PATIENCE
        while len(google.jobs.all()) < 60 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert len(google.jobs.all()) == 60
    assert Counter(states(place)) == {"SUBMITTED": 60, "STOPPED": 40}
