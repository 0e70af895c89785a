"""A new cluster in Google's words: one that makes nodes of any kind as jobs ask for them.

The fields are those of container.v1 (revision 20261027) that are not deprecated.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from caliban_domain.accelerators import GPUS, GpuSpec
from caliban_domain.clusters import is_zone, region_of
from caliban_domain.errors import UsageError

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_GIB_PER_CPU: Final = 64
"""More than any machine type for training has."""

_GPU_QUOTA: Final = re.compile(r"(?:PREEMPTIBLE_)?NVIDIA_(?P<kind>\w+)_GPUS")
_CPU_QUOTA: Final = re.compile(r"(?:PREEMPTIBLE_)?CPUS")
_TPU_QUOTAS: Final[Mapping[str, str]] = {
    "TPU_LITE_PODSLICE_V5": "tpu-v5-lite-podslice",
    "TPU_LITE_DEVICE_V5": "tpu-v5-lite-device",
    "TPU_PODSLICE_V4": "tpu-v4-podslice",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a person asked for. ``limits`` are the most of each resource, by GKE's names."""

    name: str
    project: str
    location: str
    release_channel: str = "REGULAR"
    single_zone: bool = False
    autopilot: bool = False
    limits: Mapping[str, int]

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{self.location}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """What a project has in a region: zones, and quotas by Compute Engine's names."""

    zones: tuple[str, ...]
    quotas: Mapping[str, float]


def check(wanted: Wanted) -> None:
    """Raise UsageError for wishes that can't come true together."""
    region = region_of(wanted.location)
    if wanted.autopilot and is_zone(wanted.location):
        raise UsageError(
            f"an Autopilot cluster spans a region, and {wanted.location} is a zone",
            hint=f"--zone {region} names the region",
        )
    if wanted.autopilot and (wanted.single_zone or wanted.limits):
        flag = "--single_zone" if wanted.single_zone else "--limit"
        raise UsageError(
            f"{flag} has no meaning for an Autopilot cluster", hint="leave one of them out"
        )
    if wanted.single_zone and not is_zone(wanted.location):
        raise UsageError(
            f"a cluster in a single zone needs one, and {wanted.location} is a region",
            hint=f"--zone {wanted.location}-a names a zone",
        )


def request_of(wanted: Wanted, region: Region | None) -> dict[str, Any]:
    """The body of the request that makes the cluster; Autopilot needs to know no region."""
    cluster: dict[str, Any] = {
        "name": wanted.name,
        "releaseChannel": {"channel": wanted.release_channel},
        "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"allowExternalTraffic": True}},
    }
    if region is None:
        return {"cluster": cluster | {"autopilot": {"enabled": True}}}
    zones = [wanted.location] if wanted.single_zone else list(region.zones)
    return {
        "cluster": {
            **cluster,
            "ipAllocationPolicy": {"useIpAliases": True},
            "workloadIdentityConfig": {"workloadPool": f"{wanted.project}.svc.id.goog"},
            "locations": zones,
            "autoscaling": _autoscaling({**limits_of(region.quotas), **wanted.limits}, zones),
            "nodePools": [_first_nodes()],
        }
    }


def limits_of(quotas: Mapping[str, float]) -> dict[str, int]:
    """The most of each resource that the quotas allow, by the names that GKE has for them.

    What may be had on demand and what may be had as spot capacity are quotas of their own; the
    larger one counts.
    """
    limits: dict[str, int] = {}
    for metric, quota in quotas.items():
        for resource in _resources(metric):
            limits[resource] = max(limits.get(resource, 0), int(quota))
    if "cpu" in limits:
        limits["memory"] = limits["cpu"] * _GIB_PER_CPU
    return {resource: limit for resource, limit in limits.items() if limit}


def _resources(metric: str) -> Iterator[str]:
    if _CPU_QUOTA.fullmatch(metric):
        yield "cpu"
    elif (gpu := _GPU_QUOTA.fullmatch(metric)) and gpu["kind"] in GPUS:
        yield gpu_resource(GpuSpec(1, gpu["kind"]))
    elif tpu := _TPU_QUOTAS.get(metric.removeprefix("PREEMPTIBLE_")):
        yield tpu


def gpu_resource(gpu: GpuSpec) -> str:
    """What GKE calls a GPU: Vertex AI's name in small letters, ``nvidia-tesla-t4``."""
    return gpu.vertex_name.lower().replace("_", "-")


def _autoscaling(limits: Mapping[str, int], zones: Iterable[str]) -> dict[str, Any]:
    return {
        "enableNodeAutoprovisioning": True,
        "autoscalingProfile": "OPTIMIZE_UTILIZATION",
        "autoprovisioningLocations": list(zones),
        "resourceLimits": [
            {"resourceType": resource, "maximum": str(limit)}
            for resource, limit in sorted(limits.items())
        ],
        "autoprovisioningNodePoolDefaults": {
            "oauthScopes": [_SCOPE],
            "management": {"autoUpgrade": True, "autoRepair": True},
        },
    }


def _first_nodes() -> dict[str, Any]:
    """A pool for what a cluster itself needs; jobs get nodes of their own."""
    return {
        "name": "default-pool",
        "initialNodeCount": 1,
        "config": {"machineType": "e2-standard-4", "oauthScopes": [_SCOPE]},
    }
