"""Machines, accelerators and regions that go together, and helpful answers where they don't."""

from typing import Any

import pytest

from caliban_domain.accelerators import GpuSpec, TpuSpec, parse_gpu, parse_tpu
from caliban_domain.images import JobMode
from caliban_domain.machines import Hardware, UnsupportedHardware, check, choose, is_pod

CPU, GPU = JobMode.CPU, JobMode.GPU


@pytest.mark.parametrize(
    ("asked", "machine", "gpu"),
    [
        ({"mode": CPU}, "n1-highcpu-32", None),
        ({"mode": GPU}, "g2-standard-8", "1xL4"),
        ({"mode": CPU, "machine_type": "e2-standard-4"}, "e2-standard-4", None),
        ({"mode": GPU, "machine_type": "a2-highgpu-4g"}, "a2-highgpu-4g", "4xA100"),
        ({"mode": GPU, "gpu": parse_gpu("1xT4")}, "n1-standard-8", "1xT4"),
        ({"mode": GPU, "gpu": parse_gpu("2xL4")}, "g2-standard-24", "2xL4"),
        ({"mode": GPU, "gpu": parse_gpu("8xH100")}, "a3-highgpu-8g", "8xH100"),
    ],
)
def test_what_isnt_asked_for_is_chosen(
    asked: dict[str, Any], machine: str, gpu: str | None
) -> None:
    hardware = choose(**asked)
    check(hardware)
    assert hardware.machine_type == machine
    assert str(hardware.gpu) == str(gpu)


@pytest.mark.parametrize(
    ("tpu", "machine"),
    [
        ("8xV3", "cloud-tpu"),
        ("1xV5E", "ct5lp-hightpu-1t"),
        ("8xV5E", "ct5lp-hightpu-8t"),
        ("16xV6E", "ct6e-standard-4t"),
    ],
)
def test_a_tpu_has_its_machine_and_no_gpu_unless_asked(tpu: str, machine: str) -> None:
    region = "europe-west4" if "V6E" in tpu or "V3" in tpu else "us-central1"
    hardware = choose(GPU, tpu=parse_tpu(tpu), region=region)
    check(hardware)
    assert (hardware.machine_type, hardware.gpu) == (machine, None)


@pytest.mark.parametrize(
    ("hardware", "complaint", "remedy"),
    [
        (
            Hardware(region="us-central1", machine_type="n1-standard-8", gpu=GpuSpec(3, "V100")),
            "no machine has 3 GPUs of type V100",
            "there are 1xV100, 2xV100, 4xV100, 8xV100",
        ),
        (
            Hardware(region="us-central1", machine_type="n1-standard-96", gpu=GpuSpec(2, "V100")),
            "n1-standard-96 can't have 2xV100",
            "n1-standard-4, n1-standard-8, n1-standard-16",
        ),
        (
            Hardware(region="us-west2", machine_type="g2-standard-8", gpu=GpuSpec(1, "L4")),
            "no 1xL4 in us-west2",
            "us-central1",
        ),
        (
            Hardware(region="us-west2", machine_type="n1-standard-96", gpu=GpuSpec(2, "V100")),
            "no 2xV100 in us-west2",
            "us-west1; --machine_type can be n1-standard-4, n1-standard-8, n1-standard-16",
        ),
        (
            Hardware(region="us-west2", machine_type="n1-standard-96", gpu=GpuSpec(3, "V100")),
            "no machine has 3 GPUs of type V100",
            "8xV100, in asia-east1, europe-west4, us-central1, us-east1, us-west1; n1-standard-96",
        ),
        (
            Hardware(region="us-central1", machine_type="n1-standard-96", gpu=GpuSpec(1, "L4")),
            "n1-standard-96 can't have 1xL4",
            "; n1-standard-96 goes with --gpu_spec 4xP4, 4xT4, 8xV100 or --nogpu",
        ),
        (
            Hardware(region="us-central1", machine_type="e2-standard-4", gpu=GpuSpec(1, "L4")),
            "e2-standard-4 can't have 1xL4",
            "; e2-standard-4 goes with --nogpu",
        ),
        (
            Hardware(region="us-central1", machine_type="cloud-tpu", gpu=GpuSpec(2, "L4")),
            "cloud-tpu can't have 2xL4",
            "--machine_type can be g2-standard-24",
        ),
        (
            Hardware(region="us-central2", machine_type="g2-standard-8"),
            "no region us-central2; did you mean us-central1?",
            "--force",
        ),
        (
            Hardware(region="us-central1", machine_type="n1-standard-7"),
            "no machine type n1-standard-7; did you mean n1-standard-",
            "--force",
        ),
        (
            Hardware(region="us-central1", machine_type="a2-highgpu-2g"),
            "comes with 2xA100",
            "--gpu_spec 2xA100",
        ),
        (
            Hardware(region="us-central1", machine_type="ct5lp-hightpu-4t"),
            "is part of a TPU",
            "--tpu_spec",
        ),
        (
            Hardware(region="us-central1", machine_type="cloud-tpu", tpu=TpuSpec(9, "V2")),
            "no slice of 9 TPUs of type V2",
            "8xV2, 32xV2",
        ),
        (
            Hardware(region="us-central1", machine_type="cloud-tpu", tpu=TpuSpec(32, "V3")),
            "no 32xV3 in us-central1",
            "europe-west4",
        ),
        (
            Hardware(
                region="us-central1",
                machine_type="cloud-tpu",
                tpu=TpuSpec(8, "V3"),
                gpu=GpuSpec(1, "L4"),
            ),
            "either GPUs or TPUs",
            "leave one",
        ),
    ],
)
def test_what_is_impossible_is_refused_with_what_is_possible(
    hardware: Hardware, complaint: str, remedy: str
) -> None:
    with pytest.raises(UnsupportedHardware) as refused:
        check(hardware)
    assert complaint in refused.value.message
    assert remedy in str(refused.value.hint)


def test_a_pod_of_any_multiple_of_32_cores_can_be_had() -> None:
    check(choose(CPU, tpu=TpuSpec(96, "V2"), region="us-central1"))


def test_a_tpu_that_one_machine_cannot_hold_is_a_pod() -> None:
    for tpu, machine in (("8xV3", "cloud-tpu"), ("8xV5E", "ct5lp-hightpu-8t")):
        assert not is_pod(parse_tpu(tpu), machine)
    for tpu, machine in (("32xV3", "cloud-tpu"), ("8xV5E", "ct5lp-hightpu-4t")):
        assert is_pod(parse_tpu(tpu), machine)


def test_a_count_that_nobody_has_names_no_machine_that_nobody_named() -> None:
    with pytest.raises(UnsupportedHardware) as refused:
        check(choose(GPU, gpu=GpuSpec(3, "V100")))
    assert refused.value.hint == "there are 1xV100, 2xV100, 4xV100, 8xV100"
