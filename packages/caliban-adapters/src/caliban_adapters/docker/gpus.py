"""Whether the engine can hand GPUs to a container, and which ones there are."""

import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from caliban_adapters.docker.engine import connect, engine_errors
from caliban_adapters.docker.process import Command, run
from caliban_domain.errors import UsageError

VISIBLE: Final = "CUDA_VISIBLE_DEVICES"

_HOOK: Final = "nvidia-container-runtime-hook"
_LISTER: Final = "nvidia-smi"
_LISTED: Final = re.compile(r"GPU (\d+): ")
_INTERFACE: Final = re.compile(r"nvidia\.com/gpu=(\d+)")
_ON_THE_CPU: Final = (
    'run on the CPU with --nogpu, or for good with "default_mode": "cpu" in .calibanconfig.json'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What can be seen of GPUs: ``docker info``, and what this machine says.

    ``has_hook`` tells whether NVIDIA's hook is installed, ``listing`` is what nvidia-smi -L
    prints, ``visible`` the devices that the person named.
    """

    info: Mapping[str, Any]
    has_hook: bool = False
    listing: str = ""
    visible: str | None = None
    is_mac: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Gpus:
    """Which devices there are, as far as that can be known; or else why there are none."""

    devices: tuple[str, ...] = ()
    missing: str | None = None
    remedy: str = field(default=_ON_THE_CPU, repr=False)


def detect(signs: Signs) -> Gpus:
    """The GPUs that an engine offers.

    It offers some if NVIDIA's runtime is registered, if it knows devices by the Container Device
    Interface, or if it finds NVIDIA's hook beside it. Their names are those that the person gave,
    else those that the engine knows, else those that nvidia-smi lists.
    """
    known = [str(device.get("ID")) for device in signs.info.get("DiscoveredDevices") or ()]
    has_devices = any("nvidia.com/gpu" in device for device in known)
    if not ("nvidia" in (signs.info.get("Runtimes") or ()) or has_devices or signs.has_hook):
        if signs.is_mac:
            return Gpus(missing="Docker on a Mac hands no GPU to containers")
        remedy = f"{_ON_THE_CPU}; for GPUs install the NVIDIA Container Toolkit"
        return Gpus(missing="the Docker engine offers no GPU", remedy=remedy)
    if signs.visible is not None:
        return Gpus(devices=_named(signs.visible))
    interface = _INTERFACE.finditer("\n".join(known))
    return Gpus(devices=_numbers(interface) or _numbers(_LISTED.finditer(signs.listing)))


def require_gpus() -> None:
    """Raises UsageError where the engine has no GPU to offer, PlatformUnavailable without one."""
    found = detect(_signs(None))
    if found.missing:
        raise UsageError(found.missing, hint=found.remedy)


def devices(visible: str | None, *, needed: int = 1) -> tuple[str, ...]:
    """The devices that jobs can have each for itself, so many as needed at the least.

    Raises UsageError where there are fewer.
    """
    found = detect(_signs(visible)).devices
    if not found and visible is None:
        raise UsageError(
            "which GPUs there are can't be found out: nvidia-smi lists none here",
            hint=f"name them: {VISIBLE}=0,1 caliban run ...",
        )
    if len(found) < needed:
        raise UsageError(
            f"the jobs that run at a time need {needed} GPUs, and there are {len(found)}",
            hint="lower --parallel or --gpus_per_job",
        )
    return found


def _signs(visible: str | None) -> Signs:
    with closing(connect()) as engine, engine_errors():
        info = engine.info()
    return Signs(
        info=info,
        has_hook=shutil.which(_HOOK) is not None,
        listing=run(Command((_LISTER, "-L"))).stdout if shutil.which(_LISTER) else "",
        visible=visible,
        is_mac=sys.platform == "darwin",
    )


def _named(visible: str) -> tuple[str, ...]:
    """What CUDA would read: up to the first that is no device, such as -1."""
    names: list[str] = []
    for name in (part.strip() for part in visible.split(",")):
        if not name or name.startswith("-"):
            break
        names.append(name)
    return tuple(dict.fromkeys(names))


def _numbers(found: Iterable[re.Match[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[1] for match in found))
