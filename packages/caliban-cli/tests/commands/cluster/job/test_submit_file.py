import json

import pytest

from kubernetes_stub import Stub

from ....conftest import Caliban  # noqa: TID252

SUBMIT_FILE = ("cluster", "job", "submit_file")
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "hello"},
    "spec": {
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "busybox:1", "args": ["echo"]}],
            }
        }
    },
}
FILES = {"job.json": json.dumps(JOB)}


def test_the_job_of_a_file_is_tracked_as_any_other(caliban: Caliban, cluster: Stub) -> None:
    finished = caliban(*SUBMIT_FILE, "job.json", files=FILES)
    assert finished.exit_code == 0, finished.stderr
    ((_, name),) = cluster.objects
    assert name.startswith("hello-1-")
    cluster.end(name, exit_code=3)
    (job,) = json.loads(caliban("status", "--xgroup", "hello", "--format", "json").stdout)["jobs"]
    assert (job["status"], job["exit_code"]) == ("FAILED", 3)


def test_the_same_file_can_be_submitted_again(caliban: Caliban, cluster: Stub) -> None:
    for _ in range(2):
        assert caliban(*SUBMIT_FILE, "job.json", files=FILES).exit_code == 0
        for _, name in list(cluster.objects):
            if not cluster.job(name)["status"]:
                cluster.end(name)
                cluster.objects = {k: v for k, v in cluster.objects.items() if k[0] == "jobs"}
        caliban("status")
    assert len(cluster.objects) == 2


def test_what_was_exported_can_be_submitted(caliban: Caliban, cluster: Stub) -> None:
    image = ("--image_tag", "registry.example/app@sha256:" + "0" * 64)
    words = ("--xgroup", "g", "--nogpu", "--export", "my.yaml", "train.py", "--", "--a", "$x")
    caliban("cluster", "job", "submit", *image, *words, files={"train.py": ""})
    assert caliban(*SUBMIT_FILE, "--xgroup", "again", "my.yaml").exit_code == 0
    ((_, name),) = cluster.objects
    (container,) = cluster.job(name)["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["--a", "$$x"]


def test_a_key_that_is_not_there_is_told(caliban: Caliban) -> None:
    words = ("--cloud_key", "moon.json", "--cluster_name", "acorn", "--project_id", "forest-1")
    finished = caliban(*SUBMIT_FILE, *words, "job.json", files=FILES)
    assert finished.exit_code == 2
    assert "moon.json" in finished.complaint


def test_a_dry_run_creates_nothing(caliban: Caliban, cluster: Stub) -> None:
    finished = caliban(*SUBMIT_FILE, "--dry_run", "job.json", files=FILES)
    assert finished.stdout == (
        "would submit 1 job to namespace research of cluster here, xgroup hello: "
        "the Job of job.json\n"
    )
    assert not cluster.objects


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("kind: Pod\napiVersion: v1", "holds a Pod of v1, and a Job of batch/v1 is wanted"),
        (b"\xff", "job.yaml is not UTF-8 text, so no YAML or JSON"),
    ],
)
def test_what_is_no_job_is_refused(
    caliban: Caliban, cluster: Stub, content: str | bytes, complaint: str
) -> None:
    finished = caliban(*SUBMIT_FILE, "job.yaml", files={"job.yaml": content})
    assert finished.exit_code == 2
    assert finished.complaint.endswith(complaint)
    assert cluster.asked == []


def test_a_file_that_is_not_there_is_told(caliban: Caliban) -> None:
    finished = caliban(*SUBMIT_FILE, "job.yaml")
    assert finished.complaint == "job.yaml can't be read: No such file or directory"
