"""Watchers hear of each change of what they mean."""

from typing import Any

from kubernetes import watch

from fakes.kubernetes.clients import NAMESPACE, Client, job
from fakes.kubernetes.server import Cluster


def heard(client: Client, **question: Any) -> list[tuple[str, str]]:
    """What a watch of a second hears: the kind of each event, and the name."""
    events = watch.Watch().stream(
        client.batch.list_namespaced_job, NAMESPACE, timeout_seconds=1, **question
    )
    return [(event["type"], event["raw_object"]["metadata"].get("name", "")) for event in events]


def test_a_watch_begins_with_what_is_there(client: Client) -> None:
    client.create(job())
    assert heard(client) == [("ADDED", "train")]


def test_a_watch_tells_what_has_changed_since(client: Client) -> None:
    version = client.batch.list_namespaced_job(NAMESPACE).metadata.resource_version
    client.create(job())
    client.batch.patch_namespaced_job("train", NAMESPACE, {"spec": {"suspend": True}})
    client.create(job("other"))
    client.batch.delete_namespaced_job("train", NAMESPACE)
    assert heard(client, resource_version=version, label_selector="caliban_job=train") == [
        ("ADDED", "train"),
        ("MODIFIED", "train"),
        ("DELETED", "train"),
    ]


def test_what_no_longer_meets_the_selector_is_gone_for_the_watcher(client: Client) -> None:
    made = client.create(job())
    client.batch.patch_namespaced_job(
        "train", NAMESPACE, {"metadata": {"labels": {"caliban_job": "other"}}}
    )
    version = made.metadata.resource_version
    assert heard(client, resource_version=version, label_selector="caliban_job=train") == [
        ("DELETED", "train")
    ]


def test_a_version_that_was_forgotten_is_expired(client: Client, cluster: Cluster) -> None:
    answer = client.batch.list_namespaced_job(NAMESPACE)
    cluster.forget()
    events = client.batch.list_namespaced_job(
        NAMESPACE,
        watch=True,
        resource_version=answer.metadata.resource_version,
        _preload_content=False,
    )
    told = events.read()
    events.close()
    assert b'"type": "ERROR"' in told
    assert b'"code": 410' in told


def test_a_bookmark_says_how_far_a_watch_has_come(client: Client) -> None:
    client.create(job())
    events = client.batch.list_namespaced_job(
        NAMESPACE, watch=True, timeout_seconds=0, allow_watch_bookmarks=True, _preload_content=False
    )
    told = events.read()
    events.close()
    assert b'"type": "BOOKMARK"' in told
