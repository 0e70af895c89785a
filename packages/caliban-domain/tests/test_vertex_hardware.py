"""The hardware tables fit together."""

from caliban_domain.vertex_hardware import (
    ENDED,
    ENDING,
    GPU_MACHINES,
    GPU_REGIONS,
    PLAIN_MACHINES,
    REGIONS,
    VERTEX_GPU_NAMES,
)


def test_every_gpu_that_can_be_had_has_machines_and_regions() -> None:
    on_machines = {kind for gpus in GPU_MACHINES.values() for kind in gpus}
    assert on_machines == set(GPU_REGIONS) == set(VERTEX_GPU_NAMES) - set(ENDED)


def test_every_region_is_one_where_jobs_run() -> None:
    for regions in GPU_REGIONS.values():
        assert set(regions) <= set(REGIONS)


def test_no_machine_is_listed_twice() -> None:
    machines = [*PLAIN_MACHINES, *GPU_MACHINES]
    assert len(machines) == len(set(machines))


def test_what_is_ending_has_not_ended() -> None:
    assert set(ENDING).isdisjoint(ENDED)
    assert set(ENDING) <= set(VERTEX_GPU_NAMES)
