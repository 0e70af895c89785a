"""Where Kueue is, its queues are found, and Jobs wait in them."""

from typing import Any

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.server import Cluster


def queue(client: Client, name: str) -> Any:
    return client.custom.get_namespaced_custom_object(
        "kueue.x-k8s.io", "v1beta2", NAMESPACE, "localqueues", name
    )


def queued() -> dict[str, Any]:
    body = job()
    body["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] = "night"
    return body


def test_a_queue_is_found(client: Client, cluster: Cluster) -> None:
    cluster.add_queue("night", NAMESPACE)
    assert queue(client, "night")["spec"] == {"clusterQueue": "all"}
    with pytest.raises(ApiException) as refused:
        queue(client, "day")
    assert told(refused.value)["details"]["name"] == "day"


def test_a_cluster_without_kueue_has_no_queues(client: Client) -> None:
    with pytest.raises(ApiException) as refused:
        queue(client, "night")
    assert "could not find the requested resource" in told(refused.value)["message"]
    assert client.create(queued()).spec.suspend is False


def test_a_job_waits_in_its_queue_until_there_is_room(client: Client, cluster: Cluster) -> None:
    cluster.add_queue("night", NAMESPACE)
    client.create(queued())
    cluster.settle()
    assert not cluster.pods.of("train")
    cluster.suspend(NAMESPACE, "train", suspended=False)
    cluster.settle()
    assert len(cluster.pods.of("train")) == 1


def test_other_jobs_do_not_wait(client: Client, cluster: Cluster) -> None:
    cluster.add_queue("night", NAMESPACE)
    assert client.create(job()).spec.suspend is False
