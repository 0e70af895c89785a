"""Clusters are found by name, by place, or because there is only one."""

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.clusters import Cluster, ClusterId, choose, cluster_name, is_zone, region_of
from caliban_domain.errors import UsageError


def cluster(name: str, location: str = "us-central1") -> Cluster:
    return Cluster(
        name=name, location=location, status="RUNNING", version="1.36", nodes=3, autopilot=False
    )


ACORN, OAK, OTHER_OAK = cluster("acorn"), cluster("oak"), cluster("oak", "europe-west4-a")


@pytest.mark.parametrize(
    ("there_are", "name", "location", "meant"),
    [
        ([ACORN], None, None, ACORN),
        ([ACORN, OAK], "oak", None, OAK),
        ([OAK, OTHER_OAK], "oak", "europe-west4-a", OTHER_OAK),
        ([ACORN, OTHER_OAK], None, "us-central1", ACORN),
    ],
)
def test_the_only_one_that_fits_is_meant(
    there_are: list[Cluster], name: str | None, location: str | None, meant: Cluster
) -> None:
    assert choose(there_are, project="p", name=name, location=location) == meant


@pytest.mark.parametrize(
    ("there_are", "name", "said", "hint"),
    [
        ([], None, "project p has no cluster", "caliban cluster create makes one"),
        ([ACORN], "oak", "project p has no cluster called oak", "there are acorn in us-central1"),
        (
            [ACORN, OAK],
            None,
            "project p has 2 clusters",
            "--cluster_name says which of them: acorn in us-central1, oak in us-central1",
        ),
        (
            [OAK, OTHER_OAK],
            "oak",
            "project p has 2 clusters called oak",
            "--zone says which of them: oak in us-central1, oak in europe-west4-a",
        ),
    ],
)
def test_none_or_several_are_told(
    there_are: list[Cluster], name: str | None, said: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        choose(there_are, project="p", name=name, location=None)
    assert (refused.value.message, refused.value.hint) == (said, hint)


@given(st.from_regex(r"[a-z][a-z0-9]{0,39}", fullmatch=True))
def test_plain_names_are_names(name: str) -> None:
    assert cluster_name(name) == name


@pytest.mark.parametrize("name", ["", "1a", "a-", "Oak", "oak_1", "a" * 41, "oak\n"])
def test_what_google_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a cluster can't be called"):
        cluster_name(name)


@given(st.sampled_from(["us-central1", "europe-west12"]), st.sampled_from(ascii_lowercase))
def test_a_zone_is_in_its_region(region: str, letter: str) -> None:
    assert region_of(f"{region}-{letter}") == region_of(region) == region
    assert is_zone(f"{region}-{letter}")
    assert not is_zone(region)


@pytest.mark.parametrize("location", ["", "us", "us-central1-aa", "us central1"])
def test_a_place_that_is_none_is_refused(location: str) -> None:
    with pytest.raises(UsageError, match="neither a zone nor a region"):
        region_of(location)


_PARTS = st.text(f"{ascii_lowercase}0123456789-.:", min_size=1)


@given(project=_PARTS, location=_PARTS, name=_PARTS)
def test_a_context_says_which_cluster_it_is_for(project: str, location: str, name: str) -> None:
    cluster_id = ClusterId(project=project, location=location, name=name)
    assert ClusterId.of_context(cluster_id.context) == cluster_id


@pytest.mark.parametrize("context", ["lab", "gke_", "gke_p_l", "gke_p_l_n_more", "my_gke_p_l_n"])
def test_other_contexts_are_for_no_cluster_of_google_cloud(context: str) -> None:
    assert ClusterId.of_context(context) is None
