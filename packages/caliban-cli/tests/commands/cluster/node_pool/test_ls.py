from kubernetes_stub import Stub

from ....conftest import Caliban  # noqa: TID252


def test_nodes_are_shown_by_their_pools(caliban: Caliban, cluster: Stub) -> None:
    labels = {"cloud.google.com/gke-nodepool": "small"}
    cluster.objects["nodes", "a"] = {"metadata": {"name": "a", "labels": labels}, "status": {}}
    finished = caliban("cluster", "node_pool", "ls", "--format", "csv")
    assert finished.stdout == "name,machine_type,accelerators,nodes\nsmall,,,1\n"
