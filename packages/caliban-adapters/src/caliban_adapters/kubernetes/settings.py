"""What jobs of one launch have in common, of what a person said."""

from collections.abc import Mapping
from typing import Any

from caliban_adapters.kubernetes.connecting import Place
from caliban_adapters.kubernetes.hardware import Hardware, check
from caliban_adapters.kubernetes.manifest import SecretKey, Settings
from caliban_adapters.kubernetes.quantities import cpu as cpu_of
from caliban_adapters.kubernetes.quantities import memory as memory_of


def settings(
    place: Place,
    *,
    cpu: str | None,
    memory: str | None,
    force: bool,
    secrets: Mapping[str, tuple[str, str]],
    **described: Any,
) -> Settings:
    """The settings, checked: with ``force``, only for what can be said at all. Raises UsageError.

    ``described`` are the other fields of Settings, and gpu, tpu and spot of Hardware.
    """
    hardware = Hardware(
        cpu=cpu_of(cpu) if cpu else None,
        memory=memory_of(memory) if memory else None,
        gpu=described.pop("gpu"),
        tpu=described.pop("tpu"),
        spot=described.pop("spot"),
        on_gke=place.on_gke,
    )
    if not force:
        check(hardware)
    return Settings(
        destination=place.destination,
        hardware=hardware,
        secrets={name: SecretKey(*kept) for name, kept in secrets.items()},
        **described,
    )
