"""What pods write can be read, whole or as it comes."""

import threading
from typing import Any

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.resources import Thing
from fakes.kubernetes.server import Cluster


@pytest.fixture
def pod(client: Client, cluster: Cluster) -> Thing:
    client.create(job())
    cluster.step()
    [pod] = cluster.pods.of("train")
    return pod


def read(client: Client, pod: Thing, **question: Any) -> bytes:
    answer = client.core.read_namespaced_pod_log(
        pod["metadata"]["name"], NAMESPACE, _preload_content=False, **question
    )
    content: bytes = answer.read()
    answer.close()
    return content


def test_a_log_is_kept_byte_for_byte(client: Client, cluster: Cluster, pod: Thing) -> None:
    cluster.pods.start(pod)
    cluster.pods.write(pod, b"epoch 1\r\n\xff\n")
    cluster.pods.write(pod, "no end")
    assert read(client, pod) == b"epoch 1\r\n\xff\nno end"
    cluster.pods.end(pod)
    assert read(client, pod, tail_lines=1) == b"no end"
    assert read(client, pod, limit_bytes=3) == b"epo"
    assert read(client, pod, timestamps=True).startswith(b"20")


def test_who_follows_hears_all_to_the_end(client: Client, cluster: Cluster, pod: Thing) -> None:
    cluster.pods.start(pod)
    cluster.pods.write(pod, "one\n")
    heard: list[bytes] = []
    answer = client.core.read_namespaced_pod_log(
        pod["metadata"]["name"], NAMESPACE, follow=True, _preload_content=False
    )
    first = threading.Event()

    def follow() -> None:
        for piece in answer.stream():
            heard.append(piece)
            first.set()

    follower = threading.Thread(target=follow)
    follower.start()
    assert first.wait(5)
    cluster.pods.write(pod, "two\n")
    cluster.pods.end(pod)
    follower.join(5)
    assert b"".join(heard) == b"one\ntwo\n"


def test_a_pod_without_a_node_has_written_nothing(client: Client, pod: Thing) -> None:
    assert read(client, pod) == b""


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("schedule", "is waiting to start: ContainerCreating"),
        ("pull_fails", "is trying and failing to pull image"),
    ],
)
def test_a_container_that_waits_has_no_log(
    client: Client, cluster: Cluster, pod: Thing, way: str, words: str
) -> None:
    getattr(cluster.pods, way)(pod)
    with pytest.raises(ApiException) as refused:
        client.core.read_namespaced_pod_log(pod["metadata"]["name"], NAMESPACE)
    assert words in told(refused.value)["message"]


def test_a_container_that_is_not_there_has_no_log(client: Client, pod: Thing) -> None:
    with pytest.raises(ApiException) as refused:
        read(client, pod, container="other")
    assert refused.value.status == 400
