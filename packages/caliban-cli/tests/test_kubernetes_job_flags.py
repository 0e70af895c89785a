from dataclasses import replace
from typing import Any

import pytest

from caliban_cli.kubernetes_job_flags import JobArgs, wishes_of
from caliban_domain.accelerators import GpuSpec, TpuSpec
from caliban_domain.errors import UnsupportedAccelerator, UsageError
from caliban_domain.images import JobMode
from caliban_domain.projects import NO_CONFIG


def wishes(default: JobMode = JobMode.GPU, **flags: Any) -> dict[str, Any]:
    args = JobArgs(module="train.py", **flags)
    return wishes_of(args, args.mode(replace(NO_CONFIG, default_mode=default)))


@pytest.mark.parametrize(
    ("flags", "gpu"),
    [
        ({}, GpuSpec(1, "L4")),
        ({"gpu_spec": "2xA100"}, GpuSpec(2, "A100")),
        ({"nogpu": True}, None),
        ({"tpu_spec": "4xV6E"}, None),
        ({"default": JobMode.CPU}, None),
        ({"default": JobMode.CPU, "gpu_spec": "2xA100"}, GpuSpec(2, "A100")),
    ],
)
def test_the_gpu_is_the_default(flags: dict[str, Any], gpu: GpuSpec | None) -> None:
    assert wishes(**flags)["gpu"] == gpu


def test_a_tpu_can_be_asked_for() -> None:
    assert wishes(tpu_spec="4xV6E")["tpu"] == TpuSpec(4, "V6E")


@pytest.mark.parametrize(
    "flags", [{"nogpu": True, "gpu_spec": "1xL4"}, {"parallel": 2}, {"queue": "My Queue"}]
)
def test_what_makes_no_sense_is_refused(flags: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        wishes(**flags)


def test_hardware_that_is_gone_is_refused_with_the_nearest_that_is_there() -> None:
    with pytest.raises(UnsupportedAccelerator, match="P100"):
        wishes(gpu_spec="1xP100")
