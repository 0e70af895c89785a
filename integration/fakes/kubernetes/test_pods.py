"""Pods live as tests say, and tell what happens to them."""

from typing import Any

import pytest

from fakes.kubernetes.clients import NAMESPACE, Client, indexed, job
from fakes.kubernetes.resources import CONFIG_MAPS, SECRETS, Thing
from fakes.kubernetes.server import Cluster


@pytest.fixture
def pod(client: Client, cluster: Cluster) -> Thing:
    """The pod of a Job, before it has a node."""
    client.create(job())
    cluster.step()
    [pod] = cluster.pods.of("train")
    return pod


def found(client: Client) -> Any:
    [pod] = client.core.list_namespaced_pod(NAMESPACE, label_selector="job-name=train").items
    return pod


def state(client: Client) -> Any:
    return found(client).status.container_statuses[0].state


def reasons(client: Client, kind: str = "Pod") -> list[str]:
    events = client.core.list_namespaced_event(
        NAMESPACE, field_selector=f"involvedObject.kind={kind}"
    )
    return [event.reason for event in events.items]


def test_a_pod_waits_runs_and_ends(client: Client, cluster: Cluster, pod: Thing) -> None:
    assert found(client).status.phase == "Pending"
    cluster.pods.start(pod)
    assert found(client).status.phase == "Running"
    assert found(client).spec.node_name == "node-1"
    cluster.pods.end(pod, 3)
    assert found(client).status.phase == "Failed"
    assert (state(client).terminated.exit_code, state(client).terminated.reason) == (3, "Error")


def test_a_pod_that_fits_nowhere_says_why(client: Client, cluster: Cluster, pod: Thing) -> None:
    cluster.pods.unschedulable(pod, "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.")
    [told] = found(client).status.conditions
    assert (told.type, told.status, told.reason) == ("PodScheduled", "False", "Unschedulable")
    assert "Insufficient nvidia.com/gpu" in told.message
    assert reasons(client) == ["FailedScheduling"]


def test_an_image_that_can_not_be_had_is_named(
    client: Client, cluster: Cluster, pod: Thing
) -> None:
    cluster.pods.pull_fails(pod)
    assert state(client).waiting.reason == "ErrImagePull"
    cluster.pods.pull_fails(pod, backs_off=True)
    assert state(client).waiting.reason == "ImagePullBackOff"
    assert "registry.local/app@sha256:0" in state(client).waiting.message
    assert {"Failed", "BackOff"} <= set(reasons(client))


def test_a_pod_that_takes_too_much_memory_is_killed(
    client: Client, cluster: Cluster, pod: Thing
) -> None:
    cluster.pods.out_of_memory(pod)
    ended = state(client).terminated
    assert (ended.exit_code, ended.reason) == (137, "OOMKilled")


def test_an_evicted_pod_says_why(client: Client, cluster: Cluster, pod: Thing) -> None:
    cluster.pods.start(pod)
    cluster.pods.evict(pod)
    status = found(client).status
    assert (status.phase, status.reason) == ("Failed", "Evicted")
    assert status.conditions[-1].type == "DisruptionTarget"
    assert "low on resource" in status.message


@pytest.mark.parametrize("way", ["preempt", "node"])
def test_who_loses_the_machine_was_disrupted(
    client: Client, cluster: Cluster, pod: Thing, way: str
) -> None:
    cluster.pods.start(pod)
    if way == "preempt":
        cluster.pods.preempt(pod)
    else:
        cluster.pods.lose_node()
    status = found(client).status
    assert (status.phase, status.conditions[-1].type) == ("Failed", "DisruptionTarget")
    assert len(client.core.list_node().items) == (way == "preempt")


def test_an_ended_pod_stays_as_it_ended(client: Client, cluster: Cluster, pod: Thing) -> None:
    cluster.pods.end(pod)
    cluster.pods.end(pod, 1)
    cluster.pods.lose_node()
    assert found(client).status.phase == "Succeeded"


def test_a_pod_waits_for_the_secret_that_it_names(client: Client, cluster: Cluster) -> None:
    body = job()
    wanted = {"secretKeyRef": {"name": "keys", "key": "token"}}
    body["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "T", "valueFrom": wanted}]
    client.create(body)
    cluster.step()
    [pod] = cluster.pods.of("train")

    cluster.pods.start(pod)
    assert state(client).waiting.reason == "CreateContainerConfigError"
    assert state(client).waiting.message == 'secret "keys" not found'
    cluster.add(SECRETS, {"metadata": {"name": "keys"}, "data": {"other": ""}}, NAMESPACE)
    cluster.pods.start(pod)
    assert state(client).waiting.message == "couldn't find key token in Secret research/keys"
    cluster.remove(SECRETS, "keys", NAMESPACE)
    cluster.add(SECRETS, {"metadata": {"name": "keys"}, "stringData": {"token": "x"}}, NAMESPACE)
    cluster.pods.start(pod)
    assert found(client).status.phase == "Running"


def test_a_pod_waits_for_the_config_map_that_it_mounts(client: Client, cluster: Cluster) -> None:
    body = indexed("train", 1)
    spec = body["spec"]["template"]["spec"]
    spec["volumes"] = [{"name": "sweep", "configMap": {"name": "table"}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "sweep", "mountPath": "/etc/caliban"}]
    client.create(body)
    cluster.step()
    [pod] = cluster.pods.of("train", index=0)

    cluster.pods.start(pod)
    assert "FailedMount" in reasons(client)
    cluster.add(CONFIG_MAPS, {"metadata": {"name": "table"}}, NAMESPACE)
    cluster.pods.start(pod)
    assert found(client).status.phase == "Running"
