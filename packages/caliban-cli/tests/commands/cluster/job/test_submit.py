"""``caliban cluster job submit`` against a cluster that keeps what it is given."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate

from fakes.server import Google
from kubernetes_stub import Stub

from ....conftest import Caliban, everything_below  # noqa: TID252

SUBMIT = ("cluster", "job", "submit", "--xgroup", "g")
IMAGE = ("--image_tag", "registry.example/app@sha256:" + "0" * 64)
TRAIN = {"train.py": ""}
SWEEP = {**TRAIN, "sweep.json": '{"lr": [0.1, 0.2, "$(HOME)\\n"]}'}
IN_SWEEP = ("--experiment_config", "sweep.json")


def jobs(cluster: Stub) -> list[dict[str, Any]]:
    return [thing for (kind, _), thing in cluster.objects.items() if kind == "jobs"]


def container(job: dict[str, Any]) -> dict[str, Any]:
    (found,) = job["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_a_script_is_submitted_with_its_arguments(caliban: Caliban, cluster: Stub) -> None:
    words = (*SUBMIT, *IMAGE, "--nogpu", "train.py", "--", "--lr", "0.1")
    finished = caliban(*words, files=TRAIN)
    assert finished.exit_code == 0, finished.stderr
    (job,) = jobs(cluster)
    assert container(job)["args"] == ["--lr", "0.1"]
    assert job["metadata"]["labels"]["lr"] == "0_1"
    assert finished.stdout.startswith("job 1  g-1-")
    assert "SUBMITTED" in caliban("status").stdout


def test_a_sweep_becomes_a_job_for_each_experiment(caliban: Caliban, cluster: Stub) -> None:
    caliban(*SUBMIT, *IMAGE, *IN_SWEEP, "--nogpu", "train.py", files=SWEEP)
    assert sorted(container(job)["args"][1] for job in jobs(cluster)) == [
        "$$(HOME)\n",
        "0.1",
        "0.2",
    ]


def test_an_indexed_sweep_becomes_two_objects_and_jobs_of_their_own(
    caliban: Caliban, cluster: Stub
) -> None:
    caliban(*SUBMIT, *IMAGE, *IN_SWEEP, "--indexed", "--nogpu", "train.py", files=SWEEP)
    assert sorted(kind for kind, _ in cluster.objects) == ["configmaps", "jobs"]
    (job,) = jobs(cluster)
    job["status"] = {"completedIndexes": "0", "failedIndexes": "2"}
    shown = json.loads(caliban("status", "--xgroup", "g", "--format", "json").stdout)
    states = [job["status"] for job in shown["jobs"]]
    assert states == ["SUCCEEDED", "SUBMITTED", "FAILED"]


def test_one_index_is_resubmitted_alone(caliban: Caliban, cluster: Stub) -> None:
    caliban(*SUBMIT, *IMAGE, *IN_SWEEP, "--indexed", "--nogpu", "train.py", files=SWEEP)
    (sweep,) = jobs(cluster)
    sweep["status"] = {"completedIndexes": "0-1", "failedIndexes": "2"}
    finished = caliban("resubmit", "--xgroup", "g", "--yes")
    assert finished.exit_code == 0, finished.stderr
    (again,) = [job for job in jobs(cluster) if job is not sweep]
    assert container(again)["args"] == ["--lr", "$$(HOME)\n"]


def test_what_was_submitted_is_not_submitted_again(caliban: Caliban, cluster: Stub) -> None:
    words = (*SUBMIT, *IMAGE, *IN_SWEEP, "--nogpu", "train.py")
    caliban(*words, files=SWEEP)
    finished = caliban(*words)
    assert "3 jobs of xgroup g were submitted before" in finished.stderr
    assert len(jobs(cluster)) == 3


def test_stopping_stops_and_tidies_up(caliban: Caliban, cluster: Stub) -> None:
    caliban(*SUBMIT, *IMAGE, *IN_SWEEP, "--nogpu", "train.py", files=SWEEP)
    finished = caliban("stop", "--xgroup", "g", "--yes")
    assert (finished.exit_code, jobs(cluster)) == (0, [])
    assert "stopped by totoro" in caliban("status").stdout


def test_the_log_of_a_job_is_printed(caliban: Caliban, cluster: Stub) -> None:
    caliban(*SUBMIT, *IMAGE, "--nogpu", "train.py", files=TRAIN)
    (job,) = jobs(cluster)
    cluster.end(job["metadata"]["name"], log=b"epoch 1\n")
    assert caliban("logs", "-f", "1").stdout == "epoch 1\n"


@pytest.mark.usefixtures("cluster")
def test_a_job_that_waits_has_written_nothing_so_far(caliban: Caliban) -> None:
    caliban(*SUBMIT, *IMAGE, "--nogpu", "train.py", files=TRAIN)
    waiting = caliban("logs", "1")
    assert (waiting.exit_code, waiting.stdout, waiting.complaint, waiting.hint) == (
        *(3, ""),
        "job 1 has written nothing so far",
        "caliban why 1 says what it waits for",
    )


def test_why_says_what_a_job_waits_for(caliban: Caliban, cluster: Stub) -> None:
    caliban(*SUBMIT, *IMAGE, "--nogpu", "train.py", files=TRAIN)
    (job,) = jobs(cluster)
    state = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
    cluster.add_pod(job["metadata"]["name"], "Pending", state)
    said = caliban("why", "1").stdout
    assert "the image registry.example/app@sha256:" in said
    assert "can't be pulled: not found" in said


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_jobs_are_exported_to_files_that_kubectl_takes(
    caliban: Caliban, cluster: Stub, project: Path, suffix: str
) -> None:
    words = (*SUBMIT, *IMAGE, *IN_SWEEP, "--nogpu", "--export", f"my-job.{suffix}", "train.py")
    assert caliban(*words, files=SWEEP).exit_code == 0
    for number in range(3):
        job = yaml.safe_load((project / f"my-job_{number}.{suffix}").read_text())
        validate(job, "1.36", strict=True)
        assert "namespace" not in job["metadata"]
    assert not cluster.objects


def test_exporting_needs_no_cluster(caliban: Caliban, project: Path, home: Path) -> None:
    words = (*SUBMIT, *IMAGE, "--gpu_spec", "2xL4", "--export", "job.yaml", "train.py")
    assert caliban(*words, files=TRAIN).exit_code == 0
    pod = yaml.safe_load((project / "job.yaml").read_text())["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {
        "cloud.google.com/gke-accelerator": "nvidia-l4",
        "cloud.google.com/gke-spot": "true",
    }
    assert set(everything_below(home, project)) == {project / "train.py", project / "job.yaml"}


def test_every_flag_reaches_the_job(caliban: Caliban, project: Path) -> None:
    words = (
        *("--nogpu", "--min_cpu", "1500", "--min_mem", "2Gi", "--nonpreemptible"),
        *("--service_account", "runner", "--queue", "night", "--retries", "2", "--ttl", "60"),
        *("--env", "A=1", "--secret_env", "TOKEN=keys:token", "-l", "team=tea", "--name", "Mine"),
    )
    caliban(*SUBMIT, *IMAGE, *words, "--export", "job.json", "train.py", files=TRAIN)
    job = json.loads((project / "job.json").read_text())
    assert container(job)["resources"] == {"requests": {"cpu": "1500m", "memory": "2Gi"}}
    assert {"name": "A", "value": "1"} in container(job)["env"]
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == "runner"
    assert (job["spec"]["backoffLimit"], job["spec"]["ttlSecondsAfterFinished"]) == (2, 60)
    labels = job["metadata"]["labels"]
    assert (labels["kueue.x-k8s.io/queue-name"], labels["team"]) == ("night", "tea")
    assert "nodeSelector" not in job["spec"]["template"]["spec"]


def test_the_tracking_server_of_the_settings_reaches_the_job(
    caliban: Caliban, project: Path
) -> None:
    config = '{"mlflow_config": {"tracking_uri": "https://mlflow.example"}}'
    files = {**TRAIN, ".calibanconfig.json": config}
    caliban(*SUBMIT, *IMAGE, "--nogpu", "--export", "job.json", "train.py", files=files)
    job = json.loads((project / "job.json").read_text())
    uri = {"name": "MLFLOW_TRACKING_URI", "value": "https://mlflow.example"}
    assert uri in container(job)["env"]


def test_a_dry_run_says_what_would_be_submitted(caliban: Caliban, project: Path) -> None:
    words = (*SUBMIT, "--nogpu", "--dry_run", "--image_repository", "localhost:5000/me/app")
    finished = caliban(*words, "train.py", "--", "--a", "b", files=TRAIN)
    assert (
        finished.stdout
        == f"""\
would build a CPU image of {project} from python:3.12-slim:
  copy .
would push it to localhost:5000/me/app
would submit 1 job to namespace default of this cluster, xgroup g:
  python train.py --a b
"""
    )


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ((401, {"message": "Unauthorized"}), "cluster here doesn't accept your login"),
        ((403, {"message": "jobs.batch is forbidden"}), "cluster here forbids you to create a Job"),
        (
            (404, {"message": "", "details": {"kind": "namespaces", "name": "research"}}),
            "cluster here has no namespace research",
        ),
        ((422, {"message": "spec: Invalid value"}), "cluster here refused to create a Job"),
    ],
)
def test_a_refusal_is_told_before_anything_is_recorded(
    caliban: Caliban, cluster: Stub, answer: tuple[int, dict[str, Any]], complaint: str
) -> None:
    cluster.answers.append(lambda asked: answer if "POST" in asked else None)
    finished = caliban(*SUBMIT, *IMAGE, "--nogpu", "train.py", files=TRAIN)
    assert finished.exit_code == 5
    assert finished.complaint.startswith(complaint)
    assert "no jobs yet" in caliban("status").stdout


def test_the_cluster_is_shown_the_image_where_it_will_be(caliban: Caliban, cluster: Stub) -> None:
    policy = (403, {"message": "admission webhook denied the request: images are from lab:5000"})
    shown: list[str] = []
    cluster.look = lambda body: shown.append(container(body)["image"])
    cluster.answers.append(lambda asked: policy if "POST" in asked else None)
    words = ("--nogpu", "--image_repository", "lab:5000/me/app", "train.py")
    assert caliban(*SUBMIT, *words, files=TRAIN).exit_code == 5
    assert shown == ["lab:5000/me/app:trial"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--context", "hree"), "has no context hree; did you mean here?"),
        (("--namespace", "My_Space"), "--namespace 'My_Space' can't be a name in Kubernetes"),
        (("--min_mem", "2gb"), "--min_mem: '2gb' is no amount of memory"),
        (("--secret_env", "A=b"), "--secret_env A=... names no Secret and key of the cluster"),
        (("--parallel", "2"), "--parallel needs --indexed"),
        (("--indexed", "--export", "job.yaml"), "--export writes jobs that are separate"),
    ],
)
def test_nonsense_is_refused_in_one_line(
    caliban: Caliban, cluster: Stub, words: tuple[str, ...], complaint: str
) -> None:
    finished = caliban(*SUBMIT, *IMAGE, "--nogpu", *words, "train.py", files=TRAIN)
    assert finished.exit_code == 2
    assert finished.complaint.endswith(complaint)
    assert not cluster.objects


def test_a_cluster_of_google_cloud_is_found_again_without_a_kubeconfig(
    caliban: Caliban, cluster: Stub, google: Google, home: Path
) -> None:
    (home / ".kube" / "config").unlink()
    google.clusters.add("acorn", project="forest-1", endpoint=cluster.host)
    google.clusters.add("oak", project="forest-1")
    named = ("--cluster_name", "acorn", "--project_id", "forest-1", "--nogpu")
    finished = caliban(*SUBMIT, *IMAGE, *named, "train.py", files=TRAIN, env=google.environment)
    assert finished.exit_code == 0, finished.stderr
    (job,) = jobs(cluster)
    cluster.end(job["metadata"]["name"], log=b"epoch 1\n")
    assert "SUCCEEDED" in caliban("status", env=google.environment).stdout
    assert caliban("logs", "1", env=google.environment).stdout == "epoch 1\n"


def test_a_cluster_that_google_cloud_does_not_have_is_refused(
    caliban: Caliban, google: Google
) -> None:
    google.clusters.add("oak", project="forest-1")
    named = ("--cluster_name", "acorn", "--project_id", "forest-1", "--nogpu")
    finished = caliban(*SUBMIT, *IMAGE, *named, "train.py", files=TRAIN, env=google.environment)
    assert (finished.exit_code, finished.complaint, finished.hint) == (
        2,
        "project forest-1 has no cluster called acorn",
        "there are oak in us-central1",
    )


def test_a_context_and_a_cluster_of_google_cloud_are_too_much(caliban: Caliban) -> None:
    named = ("--cluster_name", "acorn", "--context", "lab", "--nogpu")
    finished = caliban(*SUBMIT, *IMAGE, *named, "train.py", files=TRAIN)
    assert (finished.exit_code, finished.complaint) == (
        2,
        "--context and --cluster_name both say which cluster is meant",
    )
