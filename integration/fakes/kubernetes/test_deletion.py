"""Objects go, and what belongs to them goes or stays."""

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.resources import JOBS, NAMESPACES
from fakes.kubernetes.server import Cluster


@pytest.fixture
def running(client: Client, cluster: Cluster) -> None:
    """A Job whose pod runs, and a ConfigMap of the Job."""
    made = client.create(job())
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": "train",
        "uid": made.metadata.uid,
    }
    table = {"metadata": {"name": "table", "ownerReferences": [owner]}}
    client.core.create_namespaced_config_map(NAMESPACE, table)
    cluster.step()
    cluster.pods.start(cluster.pods.of("train")[0])


def left(client: Client) -> tuple[int, int, int]:
    """How many Jobs, pods and ConfigMaps there are."""
    return (
        len(client.batch.list_namespaced_job(NAMESPACE).items),
        len(client.core.list_namespaced_pod(NAMESPACE).items),
        len(client.core.list_namespaced_config_map(NAMESPACE).items),
    )


@pytest.mark.usefixtures("running")
def test_a_deleted_job_takes_with_it_what_it_owns(client: Client, cluster: Cluster) -> None:
    answer = client.batch.delete_namespaced_job("train", NAMESPACE, propagation_policy="Background")
    assert answer["status"] == "Success"
    assert left(client) == (0, 1, 1)
    cluster.settle()
    assert left(client) == (0, 0, 0)


@pytest.mark.usefixtures("running")
def test_a_job_that_was_deleted_without_a_policy_leaves_its_pods(
    client: Client, cluster: Cluster
) -> None:
    client.batch.delete_namespaced_job("train", NAMESPACE)
    cluster.settle()
    assert left(client) == (0, 1, 1)


@pytest.mark.usefixtures("running")
def test_a_job_may_go_last(client: Client, cluster: Cluster) -> None:
    client.batch.delete_namespaced_job("train", NAMESPACE, propagation_policy="Foreground")
    assert client.job("train").metadata.deletion_timestamp
    cluster.settle()
    assert left(client) == (0, 0, 0)


@pytest.mark.usefixtures("running")
def test_only_the_object_that_is_meant_is_deleted(client: Client) -> None:
    with pytest.raises(ApiException) as refused:
        client.batch.delete_namespaced_job(
            "train", NAMESPACE, body={"preconditions": {"uid": "another"}}
        )
    assert (refused.value.status, told(refused.value)["reason"]) == (409, "Conflict")
    assert left(client) == (1, 1, 1)


@pytest.mark.usefixtures("running")
def test_a_job_can_go_behind_everybodys_back(client: Client, cluster: Cluster) -> None:
    cluster.remove(JOBS, "train", NAMESPACE)
    cluster.settle()
    assert left(client) == (0, 0, 0)


@pytest.mark.usefixtures("running")
def test_a_namespace_goes_with_all_that_is_in_it(client: Client, cluster: Cluster) -> None:
    client.core.delete_namespace(NAMESPACE)
    assert client.core.read_namespace(NAMESPACE).status.phase == "Terminating"
    with pytest.raises(ApiException) as refused:
        client.create(job("another"))
    assert "because it is being terminated" in told(refused.value)["message"]
    assert told(refused.value)["details"]["causes"][0]["reason"] == "NamespaceTerminating"

    cluster.settle()

    assert left(client) == (0, 0, 0)
    assert not cluster.store.find(NAMESPACES, "", NAMESPACE)
    with pytest.raises(ApiException) as refused:
        client.create(job("another"))
    assert refused.value.status == 404
