"""Which job has which GPUs.

The engine is the only one to keep this: a label on each container names its devices. So it holds
for all commands of a machine, and a job that goes on without its command keeps what it has.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Final

from caliban_adapters.docker.containers import GPUS_LABEL, JOB_LABEL
from caliban_adapters.docker.engine import engine_errors
from caliban_adapters.docker.locks import locked
from caliban_domain.errors import PlatformError, SubmissionRejected
from caliban_domain.names import JobName

if TYPE_CHECKING:
    from docker import APIClient

_BETWEEN_LOOKS: Final = 0.2  # seconds
_HOLDING: Final = ("created", "running", "paused", "restarting")
"""The states of containers whose devices nobody else may have."""


class GpuPool:
    """The devices of a machine; ``lock`` is a file that all commands of a person agree on."""

    def __init__(self, engine: "APIClient", devices: Sequence[str], lock: Path) -> None:
        self._engine = engine
        self._devices = devices
        self._lock = lock

    @contextmanager
    def lent(self, count: int, name: JobName) -> Iterator[tuple[str, ...]]:
        """So many devices that no other job has, as soon as there are.

        The body creates the job's container, with the label; nobody else is lent any meanwhile.
        Raises SubmissionRejected where there are never so many.
        """
        if count > len(self._devices):
            raise SubmissionRejected(f"the job needs {count} GPUs; there are {len(self._devices)}")
        while True:
            with self._locked():
                held = self._held(name)
                free = [device for device in self._devices if device not in held]
                if len(free) >= count:
                    yield tuple(free[:count])
                    return
            sleep(_BETWEEN_LOOKS)

    def _held(self, name: JobName) -> set[str]:
        """The devices of all jobs but this one."""
        filters = {"label": GPUS_LABEL, "status": list(_HOLDING)}
        with engine_errors():
            containers = self._engine.containers(all=True, filters=filters)
        labels = (found["Labels"] for found in containers)
        others = (each[GPUS_LABEL] for each in labels if each.get(JOB_LABEL) != name)
        return {device for devices in others for device in devices.split(",")}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = locked(self._lock)
        except OSError as error:
            raise PlatformError(f"{self._lock} can't be written: {error.strerror}") from error
        with lock:
            yield
