from kubernetes_stub import Stub

from ....conftest import Caliban  # noqa: TID252


def test_the_jobs_of_the_namespace_are_shown(caliban: Caliban, cluster: Stub) -> None:
    status = {"conditions": [{"type": "Complete", "status": "True"}], "succeeded": 1}
    cluster.objects["jobs", "tea"] = {"metadata": {"name": "tea"}, "spec": {}, "status": status}
    finished = caliban("cluster", "job", "ls")
    heading, row = finished.stdout.splitlines()
    assert heading.split()[:2] == ["NAME", "STATUS"]
    assert row.split()[:2] == ["tea", "SUCCEEDED"]


def test_what_is_forbidden_is_told(caliban: Caliban, cluster: Stub) -> None:
    cluster.answers.append(lambda asked: (403, {"message": "no"}) if "jobs" in asked else None)
    finished = caliban("cluster", "job", "ls")
    assert (finished.exit_code, finished.complaint) == (
        5,
        "cluster here forbids you to list Jobs: no",
    )
