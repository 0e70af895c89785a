"""A cluster stands still until a test moves it, or lets it live."""

from fakes.kubernetes.clients import Client, job
from fakes.kubernetes.server import Cluster


def test_a_cluster_that_lives_goes_on_with_each_request(client: Client, cluster: Cluster) -> None:
    cluster.meanwhile = cluster.advance
    client.create(job())
    seen = [client.job("train").status for _ in range(3)]
    assert [(one.active, one.succeeded) for one in seen] == [(1, None), (None, 1), (None, 1)]
    assert [one.type for one in seen[-1].conditions] == ["SuccessCriteriaMet", "Complete"]


def test_a_test_says_how_each_pod_ends(client: Client, cluster: Cluster) -> None:
    for name in ("good", "bad"):
        client.create(job(name))
    for _ in range(3):
        cluster.advance(lambda pod: int(pod["metadata"]["labels"]["job-name"] == "bad"))
    ends = {name: client.job(name).status.conditions[-1].type for name in ("good", "bad")}
    assert ends == {"good": "Complete", "bad": "Failed"}
