"""What a pod says to get a node with the hardware it needs.

The labels, taints and names of hardware are those of GKE, as of 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from caliban_domain.accelerators import GpuSpec, TpuSpec
from caliban_domain.errors import UnsupportedAccelerator

_GPU_LABEL: Final = "cloud.google.com/gke-accelerator"
_GPU: Final = "nvidia.com/gpu"
_TPU_LABEL: Final = "cloud.google.com/gke-tpu-accelerator"
_TPU_TOPOLOGY: Final = "cloud.google.com/gke-tpu-topology"
_TPU: Final = "google.com/tpu"
_SPOT: Final = "cloud.google.com/gke-spot"

_TPUS: Final[Mapping[str, tuple[str, Mapping[int, str]]]] = {
    "V3": ("tpu-v3-device", {8: "2x2"}),
    "V5E": ("tpu-v5-lite-podslice", {1: "1x1", 4: "2x2", 8: "2x4"}),
    "V6E": ("tpu-v6e-slice", {1: "1x1", 4: "2x2", 8: "2x4"}),
}
"""What GKE calls each generation, and how many of them one node has in which topology."""

_CORES_IN_A_CHIP: Final = {"V3": 2}

_GPU_COUNTS: Final[Mapping[str, tuple[int, ...]]] = {
    "V100": (1, 2, 4, 8),
    "P4": (1, 2, 4),
    "T4": (1, 2, 4),
    "A100": (1, 2, 4, 8, 16),
    "A100_80GB": (1, 2, 4, 8),
    "L4": (1, 2, 4, 8),
    "H100": (1, 2, 4, 8),
    "H100_MEGA": (8,),
    "H200": (8,),
    "B200": (8,),
    "GB200": (4,),
    "RTX_PRO_6000": (1, 2, 4, 8),
}
"""How many GPUs of a kind a node of GKE can have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """What a job needs of a node; ``cpu`` and ``memory`` are quantities.

    ``on_gke`` says whether the cluster's nodes have GKE's labels, and whether it has spot nodes.
    """

    cpu: str | None = None
    memory: str | None = None
    gpu: GpuSpec | None = None
    tpu: TpuSpec | None = None
    spot: bool = False
    on_gke: bool = True


@dataclass(slots=True)
class Demand:
    """The parts of a pod and of its container that ask for hardware."""

    selector: dict[str, str] = field(default_factory=dict)
    tolerations: list[dict[str, Any]] = field(default_factory=list)
    requests: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)


def check(hardware: Hardware) -> None:
    """Raises UnsupportedAccelerator for what no node of the cluster has."""
    gpu = hardware.gpu
    if gpu and hardware.on_gke and gpu.count not in _GPU_COUNTS.get(gpu.kind, (gpu.count,)):
        counts = ", ".join(f"{count}x{gpu.kind}" for count in _GPU_COUNTS[gpu.kind])
        raise UnsupportedAccelerator(
            f"no node of GKE has {gpu}", hint=f"there are {counts}; --force asks for it anyway"
        )
    if hardware.tpu and not hardware.on_gke:
        raise UnsupportedAccelerator(
            "TPUs are had on GKE, and this cluster is somewhere else",
            hint="leave out --tpu_spec; --force asks for them anyway",
        )
    if hardware.tpu:
        _slice(hardware.tpu)


def demand(hardware: Hardware) -> Demand:
    """How a pod asks for the hardware. Raises UnsupportedAccelerator for a TPU that isn't there."""
    asked = Demand()
    if hardware.cpu:
        asked.requests["cpu"] = hardware.cpu
    if hardware.memory:
        asked.requests["memory"] = hardware.memory
    if hardware.gpu:
        asked.limits[_GPU] = str(hardware.gpu.count)
        if hardware.on_gke:
            asked.selector[_GPU_LABEL] = gke_name(hardware.gpu)
        asked.tolerations.append(_tolerated(_GPU))
    if hardware.tpu:
        name, topology, chips = _slice(hardware.tpu)
        asked.selector |= {_TPU_LABEL: name, _TPU_TOPOLOGY: topology}
        asked.limits[_TPU] = str(chips)
        asked.tolerations.append(_tolerated(_TPU))
    if hardware.spot and hardware.on_gke:
        asked.selector[_SPOT] = "true"
        spot = {"key": _SPOT, "operator": "Equal", "value": "true", "effect": "NoSchedule"}
        asked.tolerations.append(spot)
    return asked


def gke_name(gpu: GpuSpec) -> str:
    """What GKE calls a GPU: ``nvidia-l4``."""
    return gpu.vertex_name.lower().replace("_", "-")


def _slice(tpu: TpuSpec) -> tuple[str, str, int]:
    """The TPUs of one node: GKE's name of them, their topology, and how many chips they are."""
    if tpu.kind not in _TPUS:
        raise UnsupportedAccelerator(
            f"GKE has no TPUs of type {tpu.kind}", hint=f"there are {', '.join(_TPUS)}"
        )
    name, topologies = _TPUS[tpu.kind]
    if tpu.count not in topologies:
        counts = ", ".join(f"{count}x{tpu.kind}" for count in topologies)
        raise UnsupportedAccelerator(
            f"no single node of GKE has {tpu}, and a job runs on one node",
            hint=f"there are {counts}",
        )
    return name, topologies[tpu.count], tpu.count // _CORES_IN_A_CHIP.get(tpu.kind, 1)


def _tolerated(taint: str) -> dict[str, Any]:
    return {"key": taint, "operator": "Exists", "effect": "NoSchedule"}
