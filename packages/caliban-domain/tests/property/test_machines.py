"""Laws of the hardware tables: what is accepted stands there, and every suggestion is accepted."""

import re
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.accelerators import (
    GPUS,
    TPUS,
    GpuSpec,
    TpuSpec,
    chips,
    parse_gpu,
    parse_tpu,
)
from caliban_domain.images import JobMode
from caliban_domain.machines import (
    MACHINE_TYPES,
    OLD_TPU_MACHINE,
    UNACCELERATED,
    Hardware,
    UnsupportedHardware,
    check,
    choose,
    machines_with,
    regions_with,
)
from caliban_domain.vertex_hardware import GPU_MACHINES, GPU_REGIONS, REGIONS
from caliban_domain.vertex_tpus import TPU_MACHINES, TPU_POD_REGIONS, TPU_REGIONS

gpus = st.builds(GpuSpec, st.integers(1, 17), st.sampled_from(GPUS))
tpus = st.builds(
    TpuSpec, st.one_of(st.integers(1, 40), st.sampled_from([64, 256])), st.sampled_from(TPUS)
)
any_hardware = st.builds(
    Hardware,
    region=st.sampled_from(REGIONS),
    machine_type=st.sampled_from(MACHINE_TYPES),
    gpu=st.none() | gpus,
    tpu=st.none() | tpus,
)


def likely(accelerator: GpuSpec | TpuSpec) -> st.SearchStrategy[Hardware]:
    """Hardware that is accepted if so many of the accelerators can be had at all."""
    is_gpu = isinstance(accelerator, GpuSpec)
    return st.builds(
        Hardware,
        region=st.sampled_from(regions_with(accelerator)),
        machine_type=st.sampled_from(machines_with(accelerator) or MACHINE_TYPES),
        **{"gpu" if is_gpu else "tpu": st.just(accelerator)},
    )


hardware = any_hardware | gpus.flatmap(likely) | tpus.flatmap(likely)


@given(gpus)
def test_a_gpu_spec_reads_as_it_is_written(spec: GpuSpec) -> None:
    assert parse_gpu(str(spec)) == spec


@given(tpus)
def test_a_tpu_spec_reads_as_it_is_written(spec: TpuSpec) -> None:
    assert parse_tpu(str(spec)) == spec


@given(hardware)
def test_every_suggestion_is_accepted(asked: Hardware) -> None:
    try:
        check(asked)
    except UnsupportedHardware as refused:
        for suggestion in refused.suggestions:
            check(suggestion)


@given(hardware)
def test_whoever_types_what_a_hint_names_is_accepted(asked: Hardware) -> None:
    try:
        check(asked)
    except UnsupportedHardware as refused:
        regions = named("--region can be", refused) or [asked.region]
        machines = named("--machine_type can be", refused) or [asked.machine_type]
        if (regions, machines) != ([asked.region], [asked.machine_type]):
            for region, machine in product(regions, machines):
                check(replace(asked, region=region, machine_type=machine))


def named(flag: str, refused: UnsupportedHardware) -> list[str]:
    """The values that a hint names for a flag."""
    found = re.search(rf"{flag} ([^;]*)", str(refused.hint))
    return found[1].split(", ") if found else []


@given(hardware)
def test_accepted_gpus_stand_in_the_tables(asked: Hardware) -> None:
    try:
        check(asked)
    except UnsupportedHardware:
        return
    if asked.gpu:
        assert asked.gpu.count in GPU_MACHINES[asked.machine_type][asked.gpu.kind]
        assert asked.region in GPU_REGIONS[asked.gpu.kind]


@given(hardware)
def test_accepted_tpus_and_plain_machines_stand_in_the_tables(asked: Hardware) -> None:
    try:
        check(asked)
    except UnsupportedHardware:
        return
    if asked.tpu and (shapes := TPU_MACHINES.get(asked.tpu.kind)):
        assert asked.tpu.count in map(chips, shapes[asked.machine_type])
    elif asked.tpu:
        assert asked.machine_type == OLD_TPU_MACHINE
        regions = (TPU_REGIONS if asked.tpu.count == 8 else TPU_POD_REGIONS)[asked.tpu.kind]
        assert asked.region in regions
        assert asked.tpu.count == 8 or asked.tpu.count % 32 == 0
    elif not asked.gpu:
        assert asked.machine_type in UNACCELERATED


@given(st.sampled_from(GPUS), st.sampled_from(JobMode))
def test_every_gpu_can_be_had_somewhere(kind: str, mode: JobMode) -> None:
    (count, *_) = sorted({n for g in GPU_MACHINES.values() for n in g.get(kind, ())})
    region = GPU_REGIONS[kind][0]
    check(choose(mode, gpu=GpuSpec(count, kind), region=region))


@given(st.sampled_from(JobMode))
def test_the_defaults_are_accepted(mode: JobMode) -> None:
    check(choose(mode))
