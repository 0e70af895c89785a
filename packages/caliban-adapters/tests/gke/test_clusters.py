"""Clusters are listed, made and deleted, and one hears how that goes; against the stand-in."""

from collections.abc import Iterator

import pytest

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.gke.clusters import Clusters
from caliban_adapters.gke.new_cluster import Wanted
from caliban_domain.clusters import Cluster
from caliban_domain.errors import PlatformError, PlatformUnavailable
from fakes import misbehaviour
from fakes.server import Google, serve

WANTED = Wanted(name="acorn", project="p", location="us-central1", limits={})


@pytest.fixture
def google() -> Iterator[Google]:
    with serve() as fake:
        yield fake


@pytest.fixture
def clusters(google: Google) -> Iterator[Clusters]:
    with Apis(google.environment, None) as apis:
        yield Clusters(apis, "p", sleep=lambda _: None)


@pytest.fixture
def said() -> list[str]:
    return []


def test_clusters_are_listed_by_name(clusters: Clusters, google: Google, said: list[str]) -> None:
    google.clusters.add("oak", "europe-west4")
    google.clusters.add("acorn")
    listed = clusters.listed(said.append)
    assert listed[0] == Cluster(
        name="acorn",
        location="us-central1",
        status="RUNNING",
        version="1.36.1-gke.1000",
        nodes=3,
        autopilot=False,
    )
    assert [each.name for each in listed] == ["acorn", "oak"]
    assert said == []


def test_zones_that_do_not_answer_are_named(
    clusters: Clusters, google: Google, said: list[str]
) -> None:
    google.clusters.missing = ("us-central1-a",)
    assert clusters.listed(said.append) == []
    assert said == ["caliban: us-central1-a didn't answer; clusters there aren't shown"]


@pytest.mark.parametrize("autopilot", [False, True])
def test_a_cluster_is_made(
    clusters: Clusters, google: Google, said: list[str], *, autopilot: bool
) -> None:
    wanted = Wanted(
        name="acorn", project="p", location="us-central1", limits={}, autopilot=autopilot
    )
    google.clusters.looks = 2
    clusters.create(wanted, clusters.request(wanted), said.append)
    (made,) = google.clusters.all()
    assert made["status"] == "RUNNING"
    assert made.get("autopilot", {}).get("enabled", False) is autopilot
    assert any("console.cloud.google.com" in line for line in said)
    assert said[-2:] == ["running", "done"]


def test_a_cluster_is_deleted(clusters: Clusters, google: Google, said: list[str]) -> None:
    google.clusters.add("acorn")
    (acorn,) = clusters.listed(said.append)
    clusters.delete(acorn, said.append)
    assert google.clusters.all() == []


def test_a_cluster_that_cannot_be_made_is_told(
    clusters: Clusters, google: Google, said: list[str]
) -> None:
    google.clusters.failure = "Insufficient regional quota"
    with pytest.raises(PlatformError, match="Google gave up: Insufficient regional quota"):
        clusters.create(WANTED, clusters.request(WANTED), said.append)


def test_a_second_cluster_of_the_name_is_refused(
    clusters: Clusters, google: Google, said: list[str]
) -> None:
    google.clusters.add("acorn")
    with pytest.raises(PlatformError, match="Already exists"):
        clusters.create(WANTED, clusters.request(WANTED), said.append)


def test_a_look_that_gets_no_answer_is_not_the_last(
    clusters: Clusters, google: Google, said: list[str]
) -> None:
    google.faults.on("operations.get", misbehaviour.DROP_BEFORE_EFFECT, times=3)
    clusters.create(WANTED, clusters.request(WANTED), said.append)
    assert google.clusters.all()[0]["status"] == "RUNNING"


def test_an_answer_that_is_lost_is_not_asked_for_again(
    clusters: Clusters, google: Google, said: list[str]
) -> None:
    google.faults.on("clusters.create", misbehaviour.DROP_AFTER_EFFECT)
    with pytest.raises(PlatformUnavailable):
        clusters.create(WANTED, clusters.request(WANTED), said.append)
    assert google.count("clusters.create") == 1
