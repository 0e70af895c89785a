"""Objects are created, looked at, changed and deleted as in a cluster."""

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.server import Cluster


def test_a_job_that_was_created_is_there_with_its_defaults(client: Client) -> None:
    made = client.create(job())
    found = client.job("train")
    assert found.metadata.uid == made.metadata.uid
    assert (found.spec.parallelism, found.spec.completions) == (1, 1)
    assert found.spec.template.metadata.labels["batch.kubernetes.io/job-name"] == "train"
    assert found.spec.template.spec.containers[0].image_pull_policy == "IfNotPresent"


def test_a_second_object_of_a_name_is_refused(client: Client) -> None:
    client.create(job())
    with pytest.raises(ApiException) as refused:
        client.create(job())
    assert (refused.value.status, told(refused.value)["reason"]) == (409, "AlreadyExists")


def test_what_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(ApiException) as refused:
        client.job("train")
    assert told(refused.value)["message"] == 'jobs.batch "train" not found'


def test_nothing_is_created_in_a_namespace_that_is_not_there(client: Client) -> None:
    with pytest.raises(ApiException) as refused:
        client.create(job(), "nowhere")
    assert told(refused.value)["message"] == 'namespaces "nowhere" not found'


def test_an_old_version_of_an_object_replaces_nothing(client: Client) -> None:
    body = {"metadata": {"name": "table"}, "data": {"a": "1"}}
    first = client.core.create_namespaced_config_map(NAMESPACE, body)
    client.core.patch_namespaced_config_map("table", NAMESPACE, {"data": {"a": "2"}})
    with pytest.raises(ApiException) as refused:
        client.core.replace_namespaced_config_map("table", NAMESPACE, first)
    assert (refused.value.status, told(refused.value)["reason"]) == (409, "Conflict")
    assert client.core.read_namespaced_config_map("table", NAMESPACE).data == {"a": "2"}


def test_a_rehearsal_leaves_nothing(client: Client) -> None:
    made = client.batch.create_namespaced_job(NAMESPACE, job(), dry_run="All")
    assert made.metadata.uid
    assert not client.batch.list_namespaced_job(NAMESPACE).items


def test_all_objects_of_a_selector_are_deleted_at_once(client: Client) -> None:
    for name in ("one", "two"):
        client.create(job(name))
    client.batch.delete_collection_namespaced_job(NAMESPACE, label_selector="caliban_job=one")
    [left] = client.batch.list_namespaced_job(NAMESPACE).items
    assert left.metadata.name == "two"


def test_what_was_asked_is_remembered(client: Client, cluster: Cluster) -> None:
    client.create(job())
    assert (cluster.count("jobs.create"), cluster.count("jobs.list")) == (1, 0)
    assert cluster.asked[-1].path == {"namespace": NAMESPACE}
    assert cluster.asked[-1].code == 201
