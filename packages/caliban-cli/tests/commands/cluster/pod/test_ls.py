import json

from kubernetes_stub import Stub

from ....conftest import Caliban  # noqa: TID252


def test_the_pods_of_the_namespace_are_shown(caliban: Caliban, cluster: Stub) -> None:
    spec = {"nodeName": "n1", "containers": []}
    cluster.objects["pods", "tea-x"] = {
        "metadata": {"name": "tea-x", "labels": {"batch.kubernetes.io/job-name": "tea"}},
        "spec": spec,
        "status": {"phase": "Running"},
    }
    (row,) = json.loads(caliban("cluster", "pod", "ls", "--format", "json").stdout)
    assert (row["name"], row["phase"], row["job"], row["node"]) == (
        *("tea-x", "Running", "tea", "n1"),
    )
