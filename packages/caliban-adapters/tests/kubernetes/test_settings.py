from typing import Any

import pytest

from caliban_adapters.kubernetes.connecting import Place
from caliban_adapters.kubernetes.manifest import SecretKey, Settings
from caliban_adapters.kubernetes.settings import settings
from caliban_domain.accelerators import GpuSpec
from caliban_domain.errors import UnsupportedAccelerator
from kubernetes_jobs import GROUP, HERE


def described(**wishes: Any) -> Settings:
    none: dict[str, Any] = {"cpu": None, "memory": None, "gpu": None, "tpu": None}
    none |= {"spot": True, "force": False, "secrets": {}, "group": GROUP, "command": ("true",)}
    return settings(Place(HERE, on_gke=True), **{**none, **wishes})


def test_what_a_person_said_becomes_quantities_and_references() -> None:
    made = described(cpu="1500", memory="2000", secrets={"TOKEN": ("keys", "token")})
    assert (made.hardware.cpu, made.hardware.memory) == ("1500m", "2000M")
    assert made.secrets == {"TOKEN": SecretKey("keys", "token")}


def test_hardware_that_no_node_has_is_refused_unless_it_is_forced() -> None:
    with pytest.raises(UnsupportedAccelerator):
        described(gpu=GpuSpec(3, "L4"))
    assert described(gpu=GpuSpec(3, "L4"), force=True).hardware.gpu == GpuSpec(3, "L4")
