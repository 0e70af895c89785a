"""The cluster tells its version and what it has."""

import pytest
from kubernetes.client import ApiException, ApisApi

from fakes.kubernetes.clients import NAMESPACE, Client
from fakes.kubernetes.server import Cluster


def test_the_version_is_told(client: Client) -> None:
    assert client.version.get_code().git_version == "v1.36.0"


def test_groups_and_their_kinds_are_told(client: Client) -> None:
    assert {kind.name for kind in client.batch.get_api_resources().resources} == {
        "jobs",
        "jobs/status",
    }
    groups = ApisApi(client.batch.api_client).get_api_versions().groups
    assert "kueue.x-k8s.io" in {group.name for group in groups}


def test_a_kind_that_the_cluster_lacks_is_not_found(client: Client) -> None:
    with pytest.raises(ApiException) as refused:
        client.batch.list_namespaced_cron_job(NAMESPACE)
    assert refused.value.status == 404


def test_a_queue_of_kueue_is_found(client: Client, cluster: Cluster) -> None:
    cluster.add_queue("night", NAMESPACE)
    found = client.custom.get_namespaced_custom_object(
        "kueue.x-k8s.io", "v1beta2", NAMESPACE, "localqueues", "night"
    )
    assert found["spec"] == {"clusterQueue": "all"}
