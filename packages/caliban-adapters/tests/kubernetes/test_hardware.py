import pytest

from caliban_adapters.kubernetes.hardware import Hardware, check, demand, gke_name
from caliban_domain.accelerators import GPUS, GpuSpec, TpuSpec
from caliban_domain.errors import UnsupportedAccelerator


def test_a_gpu_is_asked_for_by_its_label_and_as_a_text() -> None:
    asked = demand(Hardware(gpu=GpuSpec(2, "L4")))
    assert asked.selector == {"cloud.google.com/gke-accelerator": "nvidia-l4"}
    assert asked.limits == {"nvidia.com/gpu": "2"}
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in (
        asked.tolerations
    )


def test_a_tpu_slice_is_asked_for_by_its_kind_its_topology_and_its_chips() -> None:
    asked = demand(Hardware(tpu=TpuSpec(4, "V6E")))
    assert asked.selector == {
        "cloud.google.com/gke-tpu-accelerator": "tpu-v6e-slice",
        "cloud.google.com/gke-tpu-topology": "2x2",
    }
    assert asked.limits == {"google.com/tpu": "4"}


def test_of_the_older_tpus_people_count_the_cores() -> None:
    assert demand(Hardware(tpu=TpuSpec(8, "V3"))).limits == {"google.com/tpu": "4"}


def test_spot_nodes_are_selected_and_tolerated() -> None:
    asked = demand(Hardware(spot=True))
    assert asked.selector == {"cloud.google.com/gke-spot": "true"}
    assert asked.tolerations[0]["key"] == "cloud.google.com/gke-spot"


def test_a_cluster_elsewhere_has_no_labels_of_gke() -> None:
    asked = demand(Hardware(spot=True, gpu=GpuSpec(1, "L4"), on_gke=False))
    assert asked.selector == {}
    assert asked.limits == {"nvidia.com/gpu": "1"}


def test_a_cluster_elsewhere_is_asked_for_no_tpus() -> None:
    with pytest.raises(UnsupportedAccelerator, match="TPUs are had on GKE"):
        check(Hardware(tpu=TpuSpec(4, "V6E"), on_gke=False))


def test_cpu_and_memory_are_requested() -> None:
    asked = demand(Hardware(cpu="1500m", memory="2000M"))
    assert asked.requests == {"cpu": "1500m", "memory": "2000M"}


@pytest.mark.parametrize("tpu", [TpuSpec(32, "V5E"), TpuSpec(8, "V2"), TpuSpec(2, "V6E")], ids=str)
def test_a_tpu_that_is_no_single_node_is_refused(tpu: TpuSpec) -> None:
    with pytest.raises(UnsupportedAccelerator, match="GKE has"):
        check(Hardware(tpu=tpu))


def test_a_number_of_gpus_that_no_node_has_is_refused() -> None:
    with pytest.raises(UnsupportedAccelerator, match="no node of GKE has 3xL4"):
        check(Hardware(gpu=GpuSpec(3, "L4")))


@pytest.mark.parametrize("kind", GPUS)
def test_every_gpu_has_a_name_in_gke(kind: str) -> None:
    assert gke_name(GpuSpec(1, kind)).startswith("nvidia-")
