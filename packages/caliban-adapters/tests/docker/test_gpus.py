"""Which engines are taken to have GPUs, and which devices they have."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.gpus import Signs, detect, devices, require_gpus
from caliban_domain.errors import UsageError

RUNTIME: Mapping[str, Any] = {"Runtimes": {"runc": {}, "nvidia": {}}}
INTERFACE = {
    "DiscoveredDevices": [
        {"Source": "cdi", "ID": f"nvidia.com/gpu={name}"} for name in ("0", "1", "GPU-7f3a", "all")
    ]
}
LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-c0ffee00-0000-0000-0000-000000000000)
  MIG 1g.5gb      Device  0: (UUID: MIG-1)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-c0ffee00-0000-0000-0000-000000000001)
"""


@pytest.mark.parametrize("info", [RUNTIME, INTERFACE])
def test_a_runtime_or_a_device_of_nvidia_is_an_offer(info: Mapping[str, Any]) -> None:
    assert detect(Signs(info=info)).missing is None


@pytest.mark.parametrize(
    "info",
    [
        {"Runtimes": {"runc": {}}},
        {"DiscoveredDevices": [{"Source": "cdi", "ID": "vendor.com/card=0"}]},
        {"Runtimes": None, "DiscoveredDevices": None},
        {},
    ],
)
def test_without_them_only_the_hook_beside_the_engine_counts(info: Mapping[str, Any]) -> None:
    # A card alone is of no use to an engine that can't hand it on.
    none = detect(Signs(info=info, listing=LISTING, visible="0"))
    assert (none.missing, none.devices) == ("the Docker engine offers no GPU", ())
    assert detect(Signs(info=info, has_hook=True)).missing is None


def test_a_mac_is_told_that_it_is_one() -> None:
    found = detect(Signs(info={"Runtimes": {"runc": {}}}, is_mac=True))
    assert found.missing == "Docker on a Mac hands no GPU to containers"
    assert "--nogpu" in found.remedy
    assert "default_mode" in found.remedy
    assert "NVIDIA" not in found.remedy


def test_a_mac_that_uses_an_engine_elsewhere_has_the_gpus_of_that_one() -> None:
    assert detect(Signs(info=RUNTIME, is_mac=True)).missing is None


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        (Signs(info=RUNTIME), ()),
        (Signs(info=RUNTIME, listing=LISTING), ("0", "1")),
        (Signs(info=INTERFACE), ("0", "1")),
        (Signs(info=RUNTIME, listing=LISTING, visible="1"), ("1",)),
        (Signs(info=RUNTIME, visible="GPU-7f3a, 2,2"), ("GPU-7f3a", "2")),
        (Signs(info=RUNTIME, listing=LISTING, visible=""), ()),
        (Signs(info=RUNTIME, listing=LISTING, visible="0,-1,1"), ("0",)),
    ],
)
def test_devices_are_those_that_are_named_else_known_else_listed(
    signs: Signs, found: tuple[str, ...]
) -> None:
    assert detect(signs).devices == found


@pytest.mark.integration
def test_without_gpus_the_remedy_is_named() -> None:
    _skip_where_there_are_gpus()
    with pytest.raises(UsageError) as caught:
        require_gpus()
    assert "--nogpu" in (caught.value.hint or "")


@pytest.mark.integration
def test_devices_that_cannot_be_listed_are_asked_for() -> None:
    _skip_where_there_are_gpus()
    with pytest.raises(UsageError) as caught:
        devices(None)
    assert "CUDA_VISIBLE_DEVICES=0,1" in (caught.value.hint or "")


@pytest.mark.integration
def test_too_few_devices_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = tmp_path / "nvidia-container-runtime-hook"
    hook.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert devices("0,1", needed=2) == ("0", "1")
    with pytest.raises(UsageError, match="need 4 GPUs, and there are 2"):
        devices("0,1", needed=4)


def _skip_where_there_are_gpus() -> None:
    with closing(connect()) as engine:
        if not detect(Signs(info=engine.info())).missing:
            pytest.skip("this engine has GPUs")
