"""Clusters as Google's own library sees them."""

from typing import Any

import pytest
from googleapiclient.errors import HttpError

from fakes.clients import Library
from fakes.discovery import read_api
from fakes.server import Google

PARENT = "projects/p/locations/us-central1"
POOL = {"name": "default-pool", "initialNodeCount": 1}
CLUSTER = {"name": "acorn", "nodePools": [POOL]}


@pytest.fixture
def clusters(library: Library) -> Any:
    return library.gke()


def create(clusters: Any, cluster: dict[str, Any], parent: str = PARENT) -> Any:
    return clusters.clusters().create(parent=parent, body={"cluster": cluster}).execute()


def names(clusters: Any, location: str = "-") -> list[tuple[str, str]]:
    found = clusters.clusters().list(parent=f"projects/p/locations/{location}").execute()
    return [(each["name"], each["status"]) for each in found["clusters"]]


def test_a_cluster_is_made_while_one_looks_and_deleted_likewise(clusters: Any) -> None:
    made = create(clusters, CLUSTER)
    assert names(clusters) == [("acorn", "PROVISIONING")]
    operation = {"name": f"{PARENT}/operations/{made['name']}"}
    assert clusters.operations().get(**operation).execute()["status"] == "DONE"
    assert names(clusters) == [("acorn", "RUNNING")]
    gone = clusters.clusters().delete(name=f"{PARENT}/clusters/acorn").execute()
    clusters.operations().get(name=f"{PARENT}/operations/{gone['name']}").execute()
    assert names(clusters) == []


def test_a_place_has_only_its_own(clusters: Any, google: Google) -> None:
    google.clusters.add("oak", "europe-west4")
    assert names(clusters, "us-central1") == []
    assert names(clusters, "europe-west4") == [("oak", "RUNNING")]


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ({"name": "Acorn", "nodePools": [POOL]}, "cluster.name"),
        ({"name": "acorn"}, "initial_node_count"),
        (CLUSTER | {"locations": ["europe-west4-a"]}, "isn't in us-central1"),
        (CLUSTER | {"color": "green"}, "Cannot find field"),
        (
            CLUSTER
            | {"autoscaling": {"resourceLimits": [{"resourceType": "gpu", "maximum": "1"}]}},
            "Unknown resource type",
        ),
    ],
)
def test_what_google_refuses_is_refused(clusters: Any, cluster: dict[str, Any], said: str) -> None:
    with pytest.raises(HttpError, match=said):
        create(clusters, cluster)


def test_two_clusters_have_two_names(clusters: Any) -> None:
    create(clusters, CLUSTER)
    with pytest.raises(HttpError, match="Already exists"):
        create(clusters, CLUSTER)


def test_a_region_tells_its_zones_and_quotas(library: Library) -> None:
    found = library.regions().get(project="p", region="us-central1").execute()
    assert found["zones"][0].endswith("/zones/us-central1-a")
    assert {"metric": "CPUS", "limit": 72.0, "usage": 0.0} in found["quotas"]


def test_every_answer_is_as_google_describes_it(clusters: Any) -> None:
    schemas = read_api("container", "v1").schemas
    operation = create(clusters, CLUSTER)
    looked = clusters.operations().get(name=f"{PARENT}/operations/{operation['name']}").execute()
    listed = clusters.clusters().list(parent=PARENT).execute()
    answers = {"Operation": [operation, looked], "ListClustersResponse": [listed]}
    for kind, each in answers.items():
        assert [schemas.complaints_about_answer(kind, answer) for answer in each] == [[]] * len(
            each
        )
