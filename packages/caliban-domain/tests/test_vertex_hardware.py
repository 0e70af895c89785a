"""The hardware tables fit together."""

from caliban_domain.vertex_hardware import (
    ENDED,
    ENDING,
    GPU_MACHINES,
    GPU_REGIONS,
    PLAIN_MACHINES,
    REGIONS,
    TPU_MACHINES,
    TPU_POD_REGIONS,
    TPU_REGIONS,
    VERTEX_GPU_NAMES,
)


def test_every_gpu_that_can_be_had_has_machines_and_regions() -> None:
    on_machines = {kind for gpus in GPU_MACHINES.values() for kind in gpus}
    assert on_machines == set(GPU_REGIONS) == set(VERTEX_GPU_NAMES) - set(ENDED)


def test_every_tpu_has_regions() -> None:
    assert set(TPU_MACHINES) <= set(TPU_REGIONS)
    assert set(TPU_POD_REGIONS) <= set(TPU_REGIONS)


def test_every_region_is_one_where_jobs_run() -> None:
    for table in (GPU_REGIONS, TPU_REGIONS, TPU_POD_REGIONS):
        for regions in table.values():
            assert set(regions) <= set(REGIONS)


def test_no_machine_is_listed_twice() -> None:
    machines = [
        *PLAIN_MACHINES,
        *GPU_MACHINES,
        *(m for each in TPU_MACHINES.values() for m in each),
    ]
    assert len(machines) == len(set(machines))


def test_what_is_ending_has_not_ended() -> None:
    assert set(ENDING).isdisjoint(ENDED)
    assert set(ENDING) <= set(VERTEX_GPU_NAMES)
