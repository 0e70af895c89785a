"""The cluster tells its version and what it has."""

import pytest
from kubernetes.client import ApiException, ApisApi, BatchApi

from fakes.kubernetes.clients import NAMESPACE, Client


def test_the_version_is_told(client: Client) -> None:
    assert client.version.get_code().git_version == "v1.36.0"


def test_groups_and_their_kinds_are_told(client: Client) -> None:
    assert {kind.name for kind in client.batch.get_api_resources().resources} == {
        "jobs",
        "jobs/status",
    }
    groups = ApisApi(client.batch.api_client).get_api_versions().groups
    assert "kueue.x-k8s.io" in {group.name for group in groups}


def test_a_group_tells_its_version(client: Client) -> None:
    group = BatchApi(client.batch.api_client).get_api_group()
    assert [version.group_version for version in group.versions] == ["batch/v1"]


def test_a_kind_that_the_cluster_lacks_is_not_found(client: Client) -> None:
    with pytest.raises(ApiException) as refused:
        client.batch.list_namespaced_cron_job(NAMESPACE)
    assert refused.value.status == 404
