"""Which engines are taken to have GPUs."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.gpus import offers_gpus, require_gpus
from caliban_domain.errors import UsageError


@pytest.mark.parametrize(
    "info",
    [
        {"Runtimes": {"runc": {}, "nvidia": {}}},
        {"DiscoveredDevices": [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}]},
    ],
)
def test_a_runtime_or_a_device_of_nvidia_is_an_offer(info: Mapping[str, Any]) -> None:
    assert offers_gpus(info, has_hook=False)


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
    assert not offers_gpus(info, has_hook=False)
    assert offers_gpus(info, has_hook=True)


@pytest.mark.integration
def test_without_gpus_the_remedy_is_named() -> None:
    with closing(connect()) as engine:
        if offers_gpus(engine.info(), has_hook=False):
            pytest.skip("this engine has GPUs")
    with pytest.raises(UsageError) as caught:
        require_gpus()
    assert "--nogpu" in (caught.value.hint or "")
