"""Which machine, accelerator and region go together on Vertex AI, and what does if they don't."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from caliban_domain.accelerators import GpuSpec, TpuSpec, chips
from caliban_domain.errors import UnsupportedAccelerator
from caliban_domain.images import JobMode
from caliban_domain.vertex_hardware import (
    GPU_MACHINES,
    GPU_REGIONS,
    PLAIN_MACHINES,
    REGIONS,
)
from caliban_domain.vertex_tpus import TPU_MACHINES, TPU_POD_REGIONS, TPU_REGIONS

DEFAULT_REGION: Final = "us-central1"
DEFAULT_CPU_MACHINE: Final = "n1-highcpu-32"
OLD_TPU_MACHINE: Final = "cloud-tpu"
"""The machine type of V2 and V3 TPUs."""

MACHINE_TYPES: Final = (
    *PLAIN_MACHINES,
    *GPU_MACHINES,
    OLD_TPU_MACHINE,
    *(machine for machines in TPU_MACHINES.values() for machine in machines),
)

UNACCELERATED: Final = (
    *PLAIN_MACHINES,
    *(machine for machine in GPU_MACHINES if machine.startswith("n1-")),
)
"""Machine types that can be had as they are; those of N1 can be had with GPUs too."""

_DEFAULT_GPU: Final = GpuSpec(1, "L4")
_USUAL_MACHINES: Final = ("g2-standard-8", "n1-standard-8")
_BOARD: Final = 8  # cores of the smallest V2 or V3 TPU
_POD: Final = 32  # cores; larger pods are multiples of it
_SUGGESTED_PODS: Final = (32, 64, 128, 256)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """What one job runs on."""

    region: str
    machine_type: str
    gpu: GpuSpec | None = None
    tpu: TpuSpec | None = None


class UnsupportedHardware(UnsupportedAccelerator):
    """Hardware that can't be had; each of the ``suggestions`` can."""

    def __init__(self, message: str, suggestions: tuple[Hardware, ...] = (), *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.suggestions = suggestions


def choose(
    mode: JobMode,
    *,
    region: str = DEFAULT_REGION,
    machine_type: str | None = None,
    gpu: GpuSpec | None = None,
    tpu: TpuSpec | None = None,
) -> Hardware:
    """What was asked for, with everything filled in that wasn't; not checked yet.

    Only in GPU mode is a GPU added. A machine that comes with a GPU gets that one.
    """
    if tpu:
        machine_type = machine_type or _machine_for(tpu)
        return Hardware(region=region, machine_type=machine_type, gpu=gpu, tpu=tpu)
    if mode is JobMode.GPU and gpu is None:
        gpu = _of_machine(machine_type) if machine_type else None
        gpu = gpu or _DEFAULT_GPU
    if machine_type is None:
        machine_type = _machine_for(gpu) if gpu else DEFAULT_CPU_MACHINE
    return Hardware(region=region, machine_type=machine_type, gpu=gpu)


def check(hardware: Hardware) -> None:
    """Raise UnsupportedHardware, with what is possible, unless the tables hold this hardware."""
    _check_known("region", hardware.region, REGIONS)
    _check_known("machine type", hardware.machine_type, MACHINE_TYPES)
    if hardware.gpu and hardware.tpu:
        raise UnsupportedHardware("a job has either GPUs or TPUs", hint="leave one of them out")
    if hardware.tpu:
        _check_tpu(hardware, hardware.tpu)
    elif hardware.gpu:
        _check_gpu(hardware, hardware.gpu)
    elif hardware.machine_type not in UNACCELERATED:
        _refuse_without_accelerator(hardware)


def machines_with(accelerator: GpuSpec | TpuSpec) -> tuple[str, ...]:
    """Machine types that can have exactly these GPUs or be part of exactly these TPUs."""
    count, kind = accelerator.count, accelerator.kind
    if isinstance(accelerator, GpuSpec):
        return tuple(
            machine for machine, gpus in GPU_MACHINES.items() if count in gpus.get(kind, ())
        )
    if kind not in TPU_MACHINES:
        return (OLD_TPU_MACHINE,)
    return tuple(
        machine
        for machine, topologies in TPU_MACHINES[kind].items()
        if any(chips(topology) == count for topology in topologies)
    )


def is_pod(tpu: TpuSpec, machine_type: str) -> bool:
    """Whether the TPU is made of several machines of that type."""
    if tpu.kind not in TPU_MACHINES:
        return tpu.count > _BOARD
    # Machines of TPUs are called by their chips: ct6e-standard-4t.
    own = machine_type.rpartition("-")[2].removesuffix("t")
    return own.isdecimal() and tpu.count > int(own)


def counts_of(kind: str) -> tuple[int, ...]:
    """How many GPUs or TPUs of a kind a job can have; of the oldest TPUs, only the usual pods."""
    if kind in TPU_MACHINES:
        topologies = {each for machine in TPU_MACHINES[kind].values() for each in machine}
        return tuple(sorted(map(chips, topologies)))
    if kind in TPU_REGIONS:
        return (_BOARD, *_SUGGESTED_PODS)
    return tuple(sorted({count for gpus in GPU_MACHINES.values() for count in gpus.get(kind, ())}))


def regions_with(accelerator: GpuSpec | TpuSpec) -> tuple[str, ...]:
    """Where these GPUs or TPUs are."""
    if isinstance(accelerator, GpuSpec):
        return GPU_REGIONS[accelerator.kind]
    is_pod = accelerator.kind in TPU_POD_REGIONS and accelerator.count > _BOARD
    return (TPU_POD_REGIONS if is_pod else TPU_REGIONS)[accelerator.kind]


def _check_known(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise UnsupportedHardware(
            f"Vertex AI has no {what} {name}" + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"there are {', '.join(known)}; --force skips this check",
        )


def _check_gpu(hardware: Hardware, gpu: GpuSpec) -> None:
    if gpu.count not in counts_of(gpu.kind):
        raise _impossible_count(
            hardware, gpu, f"no machine has {gpu.count} GPUs of type {gpu.kind}"
        )
    _check_place(hardware, gpu)


def _check_tpu(hardware: Hardware, tpu: TpuSpec) -> None:
    is_pod = tpu.kind not in TPU_MACHINES and tpu.count % _POD == 0
    if not is_pod and tpu.count not in counts_of(tpu.kind):
        raise _impossible_count(
            hardware, tpu, f"there is no slice of {tpu.count} TPUs of type {tpu.kind}"
        )
    _check_place(hardware, tpu)


def _check_place(hardware: Hardware, accelerator: GpuSpec | TpuSpec) -> None:
    regions, machines = regions_with(accelerator), machines_with(accelerator)
    is_on_machine = hardware.machine_type in machines
    on_machine = f"--machine_type can be {', '.join(machines)}"
    if hardware.region not in regions:
        in_region = f"--region can be {', '.join(regions)}"
        raise UnsupportedHardware(
            f"there is no {accelerator} in {hardware.region}",
            tuple(_fitted(replace(hardware, region=region), accelerator) for region in regions),
            hint=in_region if is_on_machine else f"{in_region}; {on_machine}",
        )
    if not is_on_machine:
        own, has = _possible_on(hardware) if isinstance(accelerator, GpuSpec) else ((), "")
        raise UnsupportedHardware(
            f"a machine of type {hardware.machine_type} can't have {accelerator}",
            (*(replace(hardware, machine_type=machine) for machine in machines), *own),
            hint=f"{on_machine}{has}",
        )


def _possible_on(hardware: Hardware) -> tuple[tuple[Hardware, ...], str]:
    """What GPUs, or none, the machine can have in that region, and how that is said."""
    machine = hardware.machine_type
    gpus = [
        GpuSpec(count, kind)
        for kind, counts in GPU_MACHINES.get(machine, {}).items()
        for count in counts
        if hardware.region in GPU_REGIONS[kind]
    ]
    possible = [replace(hardware, gpu=gpu) for gpu in gpus]
    words = [f"--gpu_spec {', '.join(map(str, gpus))}"] if gpus else []
    if machine in UNACCELERATED:
        possible.append(replace(hardware, gpu=None))
        words.append("--nogpu")
    return tuple(possible), f"; {machine} goes with {' or '.join(words)}" if words else ""


def _impossible_count(
    hardware: Hardware, accelerator: GpuSpec | TpuSpec, message: str
) -> UnsupportedHardware:
    possible = [replace(accelerator, count=count) for count in counts_of(accelerator.kind)]
    hint = f"there are {', '.join(map(str, possible))}"
    if hardware.region not in (regions := regions_with(possible[0])):
        hint += f", in {', '.join(regions)}"
    here = [each for each in possible if hardware.machine_type in machines_with(each)]
    # A machine that nobody named says nothing.
    if here and hardware.machine_type != _machine_for(accelerator):
        hint += f"; {hardware.machine_type} has {', '.join(map(str, here))}"
    return UnsupportedHardware(
        message, tuple(_fitted(hardware, each) for each in possible), hint=hint
    )


def _refuse_without_accelerator(hardware: Hardware) -> None:
    machine = hardware.machine_type
    gpu = _of_machine(machine)
    if gpu:
        raise UnsupportedHardware(
            f"a machine of type {machine} comes with {gpu}",
            (_fitted(hardware, gpu),),
            hint=f"add --gpu_spec {gpu}, or name another --machine_type",
        )
    raise UnsupportedHardware(
        f"a machine of type {machine} is part of a TPU",
        (replace(hardware, machine_type=DEFAULT_CPU_MACHINE),),
        hint="add --tpu_spec, or name another --machine_type",
    )


def _fitted(hardware: Hardware, accelerator: GpuSpec | TpuSpec) -> Hardware:
    """The hardware with that accelerator, in a region and on a machine that have it."""
    regions = regions_with(accelerator)
    near = [region for region in (hardware.region, DEFAULT_REGION) if region in regions]
    return Hardware(
        region=(near or regions)[0],
        machine_type=_machine_for(accelerator, hardware.machine_type),
        gpu=accelerator if isinstance(accelerator, GpuSpec) else None,
        tpu=accelerator if isinstance(accelerator, TpuSpec) else None,
    )


def _machine_for(accelerator: GpuSpec | TpuSpec, *preferred: str) -> str:
    """A machine type that has the accelerator; any at all, where none has it."""
    machines = machines_with(accelerator)
    usual = [name for name in (*preferred, *_USUAL_MACHINES) if name in machines]
    if usual or not machines:
        return (*usual, DEFAULT_CPU_MACHINE)[0]
    # Of the machines of a TPU, the last one has the most chips.
    return machines[-1] if isinstance(accelerator, TpuSpec) else machines[0]


def _of_machine(machine_type: str) -> GpuSpec | None:
    """The GPUs that a machine type always comes with."""
    if machine_type in UNACCELERATED or machine_type not in GPU_MACHINES:
        return None
    ((kind, (count,)),) = GPU_MACHINES[machine_type].items()
    return GpuSpec(count, kind)
