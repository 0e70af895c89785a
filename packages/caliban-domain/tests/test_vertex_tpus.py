"""The tables of TPUs fit together, and those of the other hardware."""

from caliban_domain.vertex_hardware import GPU_MACHINES, PLAIN_MACHINES, REGIONS
from caliban_domain.vertex_tpus import TPU_MACHINES, TPU_POD_REGIONS, TPU_REGIONS


def test_every_tpu_has_regions() -> None:
    assert set(TPU_MACHINES) <= set(TPU_REGIONS)
    assert set(TPU_POD_REGIONS) <= set(TPU_REGIONS)


def test_every_region_is_one_where_jobs_run() -> None:
    for table in (TPU_REGIONS, TPU_POD_REGIONS):
        for regions in table.values():
            assert set(regions) <= set(REGIONS)


def test_no_machine_is_listed_twice() -> None:
    machines = [machine for kind in TPU_MACHINES.values() for machine in kind]
    assert len(machines) == len(set(machines))
    assert not set(machines) & {*GPU_MACHINES, *PLAIN_MACHINES}
