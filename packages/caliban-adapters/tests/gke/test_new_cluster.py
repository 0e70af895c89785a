"""What is asked for when a cluster is wanted."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.gke.new_cluster import (
    Region,
    Wanted,
    check,
    gpu_resource,
    limits_of,
    request_of,
)
from caliban_domain.accelerators import GPUS, GpuSpec
from caliban_domain.errors import UsageError
from fakes.discovery import read_api

QUOTAS = {"CPUS": 72.0, "PREEMPTIBLE_CPUS": 500.0, "NVIDIA_T4_GPUS": 4.0}
REGION = Region(zones=("us-central1-a", "us-central1-b"), quotas=QUOTAS)


def wanted(**changes: Any) -> Wanted:
    return Wanted(
        **{"name": "acorn", "project": "p", "location": "us-central1", "limits": {}, **changes}
    )


def complaints(body: Mapping[str, Any]) -> list[str]:
    return read_api("container", "v1").schemas.complaints_about_request(
        "CreateClusterRequest", body
    )


@pytest.mark.parametrize(
    "cluster",
    [
        wanted(),
        wanted(location="us-central1-a", single_zone=True, release_channel="RAPID"),
        wanted(limits={"nvidia-h200-141gb": 8}),
    ],
)
def test_the_request_is_one_that_google_knows(cluster: Wanted) -> None:
    assert complaints(request_of(cluster, REGION)) == []


def test_an_autopilot_cluster_leaves_the_nodes_to_google() -> None:
    body = request_of(wanted(autopilot=True), None)
    assert complaints(body) == []
    assert body["cluster"]["autopilot"] == {"enabled": True}
    assert "nodePools" not in body["cluster"]


def test_nodes_may_be_in_every_zone_of_the_region_or_in_one() -> None:
    everywhere = request_of(wanted(location="us-central1-a"), REGION)["cluster"]
    assert everywhere["locations"] == ["us-central1-a", "us-central1-b"]
    one = request_of(wanted(location="us-central1-a", single_zone=True), REGION)["cluster"]
    assert one["locations"] == one["autoscaling"]["autoprovisioningLocations"] == ["us-central1-a"]


def test_the_larger_of_two_quotas_counts_and_nothing_is_no_limit() -> None:
    quotas = QUOTAS | {"PREEMPTIBLE_NVIDIA_H100_GPUS": 16.0, "NVIDIA_L4_GPUS": 0.0}
    assert limits_of(quotas) == {
        "cpu": 500,
        "memory": 500 * 64,
        "nvidia-tesla-t4": 4,
        "nvidia-h100-80gb": 16,
    }


@pytest.mark.parametrize(
    "metric",
    ["NVIDIA_T4_VWS_GPUS", "COMMITTED_NVIDIA_L4_GPUS", "GPUS_ALL_REGIONS", "NVIDIA_K80_GPUS"],
)
def test_what_no_job_can_use_is_no_limit(metric: str) -> None:
    assert limits_of({metric: 8.0}) == {}


@given(st.sampled_from(GPUS), st.integers(1, 10**6))
def test_every_gpu_goes_by_its_right_name(kind: str, limit: int) -> None:
    name = gpu_resource(GpuSpec(1, kind))
    assert limits_of({f"NVIDIA_{kind}_GPUS": float(limit)}) == {name: limit}


def test_the_names_are_those_of_gke() -> None:
    named = {kind: gpu_resource(GpuSpec(1, kind)) for kind in GPUS}
    # cluster-autoscaler's own list, read in 2026.
    assert named["T4"] == "nvidia-tesla-t4"
    assert named["L4"] == "nvidia-l4"
    assert named["A100"] == "nvidia-tesla-a100"
    assert named["A100_80GB"] == "nvidia-a100-80gb"
    assert named["H100"] == "nvidia-h100-80gb"
    assert named["H200"] == "nvidia-h200-141gb"
    assert named["B200"] == "nvidia-b200"


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (wanted(autopilot=True, location="us-central1-a"), "spans a region"),
        (wanted(autopilot=True, single_zone=True), "--single_zone has no meaning"),
        (wanted(autopilot=True, limits={"cpu": 1}), "--limit has no meaning"),
        (wanted(single_zone=True), "in a single zone needs one"),
    ],
)
def test_wishes_that_cannot_come_true_together_are_refused(cluster: Wanted, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check(cluster)


def test_other_wishes_are_fine() -> None:
    check(wanted(location="us-central1-a", single_zone=True))
    check(wanted(autopilot=True))
