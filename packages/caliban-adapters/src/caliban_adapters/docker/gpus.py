"""Whether the engine can hand GPUs to a container."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from caliban_adapters.docker.engine import connect, engine_errors
from caliban_domain.errors import UsageError

_HOOK = "nvidia-container-runtime-hook"


def offers_gpus(info: Mapping[str, Any], *, has_hook: bool) -> bool:
    """Whether an engine with this ``docker info`` takes ``--gpus``.

    Either NVIDIA's runtime is registered, or the engine knows devices by the Container Device
    Interface, or it finds NVIDIA's hook (``has_hook``) beside it.
    """
    devices = info.get("DiscoveredDevices") or ()
    return (
        "nvidia" in (info.get("Runtimes") or ())
        or any("nvidia.com/gpu" in device.get("ID", "") for device in devices)
        or has_hook
    )


def require_gpus() -> None:
    """Raises UsageError where the engine has no GPU to offer, PlatformUnavailable without one."""
    with closing(connect()) as engine, engine_errors():
        info = engine.info()
    if not offers_gpus(info, has_hook=shutil.which(_HOOK) is not None):
        raise UsageError(
            "the Docker engine offers no GPU",
            hint='run on the CPU with --nogpu, or for good with "default_mode": "cpu" in '
            ".calibanconfig.json; for GPUs install the NVIDIA Container Toolkit",
        )
