from caliban_cli import cluster_wiring
from caliban_cli.environment import read_environment
from kubernetes_stub import Stub


def test_the_cluster_of_the_home_is_meant(cluster: Stub) -> None:
    place = cluster_wiring.cluster_place(read_environment(), None, None)
    assert place.title == "namespace research of cluster here"
    assert cluster.asked == ["GET /version"]
