"""How the container of a job comes to be: created with its devices, introduced, and started."""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from caliban_adapters.docker.containers import (
    ContainerSettings,
    create_argv,
    create_body,
    gpus_wanted,
    job_settings,
)
from caliban_adapters.docker.engine import Conflict, NotThere, engine_errors
from caliban_adapters.docker.gpu_pool import GpuPool
from caliban_adapters.docker.gpus import devices as find_devices
from caliban_adapters.docker.locks import locked
from caliban_adapters.docker.passwd import Introductions
from caliban_adapters.docker.process import Command, run
from caliban_domain.errors import PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import JobSpec
from caliban_domain.names import JobName

if TYPE_CHECKING:
    from docker import APIClient

_TAKEN: Final = "is already in use"
_LOCKS: Final = 64
"""So few files, whatever the number of jobs; two jobs that share one wait for each other."""


class Starting:
    """Creates containers as the settings say; ``locks`` is a directory for files."""

    def __init__(self, settings: ContainerSettings, locks: Path) -> None:
        self._settings = settings
        self._locks = locks
        self._introductions = Introductions(settings)

    @contextmanager
    def turn(self, name: JobName) -> Iterator[None]:
        """While this lasts, no other command of the person creates or starts the container."""
        lock: AbstractContextManager[object] = nullcontext()
        # A full disk keeps nobody from starting jobs.
        with suppress(OSError):
            lock = locked(self._locks / f"start-{zlib.crc32(name.encode()) % _LOCKS}")
        with lock:
            yield

    def create(self, engine: "APIClient", spec: JobSpec, *, network: str | None = None) -> bool:
        """Create the job's container; False where there is one of that name already.

        It uses the ``network`` of the container of that id, or one of its own or of the person's
        choice. Waits for the GPUs that the job is to have for itself. Raises SubmissionRejected.
        """
        count = gpus_wanted(spec, self._settings)
        with self._pool(engine).lent(count, spec.name) if count else nullcontext(()) as devices:
            is_new = self._create(engine, spec, devices, network)
        if is_new:
            self._introductions.introduce(engine, spec.name, spec.image.reference)
        return is_new

    def _pool(self, engine: "APIClient") -> GpuPool:
        devices = find_devices(self._settings.visible_gpus)
        return GpuPool(engine, devices, self._locks / "gpus")

    def _create(
        self, engine: "APIClient", spec: JobSpec, devices: Sequence[str], network: str | None
    ) -> bool:
        if self._settings.run_args:
            return self._create_with_client(engine, spec, devices)
        try:
            with engine_errors():
                body = create_body(spec, self._settings, devices=devices, network=network)
                engine.create_container_from_config(body, spec.name)
        except Conflict:
            return False
        except NotThere as error:
            raise SubmissionRejected(f"the engine has no image {spec.image.short}") from error
        except PlatformUnavailable:
            raise
        except PlatformError as error:
            raise SubmissionRejected(error.message) from error
        return True

    def _create_with_client(
        self, engine: "APIClient", spec: JobSpec, devices: Sequence[str]
    ) -> bool:
        """The same through the docker client: nothing else knows what all its flags mean."""
        argv = create_argv(spec, self._settings, devices=devices)
        finished = run(Command(argv, env=job_settings(spec, self._settings).secrets))
        if finished.exit_code == 0:
            return True
        if _TAKEN in finished.stderr or _is_there(engine, spec.name):
            return False
        raise SubmissionRejected(
            f"docker create refused: {finished.stderr.strip().splitlines()[0]}",
            hint="--docker_run_args takes what docker run takes; docker run --help lists it",
        )


def _is_there(engine: "APIClient", name: JobName) -> bool:
    try:
        with engine_errors():
            engine.inspect_container(name)
    except NotThere:
        return False
    return True


def start(engine: "APIClient", name: JobName) -> None:
    """Start a container. Raises SubmissionRejected."""
    try:
        with engine_errors():
            engine.start(name)
    except PlatformUnavailable:
        raise
    except (NotThere, Conflict, PlatformError) as error:
        raise SubmissionRejected(f"its container couldn't be started: {error}") from error
