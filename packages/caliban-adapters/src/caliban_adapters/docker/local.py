"""The platform of this machine: each job is a container of its Docker engine."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from caliban_adapters.docker.attaching import attach, heard
from caliban_adapters.docker.containers import (
    JOB_LABEL,
    ContainerSettings,
    lent_network,
    outcome_of,
)
from caliban_adapters.docker.engine import Conflict, NotThere, connect, engine_errors
from caliban_adapters.docker.kept_logs import KeptLogs
from caliban_adapters.docker.memory_events import with_its_reason
from caliban_adapters.docker.networks import Networks
from caliban_adapters.docker.starting import Starting, start
from caliban_domain.errors import PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

_FEW: Final = 4
_LOST: Final = Outcome(status=JobStatus.LOST, reason="its container is gone")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopping:
    """Who stops jobs, and how long each may take to end by itself, in seconds."""

    by: str = "its user"
    grace: int = 10


class LocalDocker:
    """Runs jobs as containers: named after the job, detached, removed once their log is kept.

    ``logs`` is the directory that keeps the logs of ended jobs; ``host`` the name of this
    machine, whose jobs are the only ones this platform can speak of. Leaving it as a context
    removes the networks that its jobs shared, and closes its connection.
    """

    name: Final = PlatformName.LOCAL

    def __init__(
        self,
        settings: ContainerSettings,
        *,
        logs: Path,
        host: str,
        stopping: Stopping = Stopping(),
    ) -> None:
        self._settings = settings
        self._starting = Starting(settings, logs.with_name("locks"))
        # The person's own arguments may choose another.
        self._networks = Networks(logs.with_name("networks"), wanted=not settings.run_args)
        self._logs = KeptLogs(logs)
        self._host = host
        self._stopping = stopping
        self._attached: dict[JobName, Response] = {}
        self._ending: set[JobName] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        for attached in self._attached.values():
            attached.close()
        if self._networks.are_left and not isinstance(error, PlatformUnavailable):
            with suppress(PlatformError):
                self._networks.close(self._engine)
        if "_engine" in self.__dict__:
            self._engine.close()

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        return JobSpec(name=name, image=image, payload=self._settings.payload(experiment))

    def submit(self, spec: JobSpec, /) -> Outcome:
        try:
            # A container that has ended runs once more if it is started again.
            with self._starting.turn(spec.name):
                return self._submit(spec)
        except SubmissionRejected:
            self._networks.take_back(spec.name)
            raise

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        mine = [job for job in jobs if job.host == self._host]
        if not mine:
            return {}
        present = self._present() if len(mine) > _FEW else None
        return {job.name: self._outcome(job, present) for job in mine}

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        mine = [job for job in jobs if job.host == self._host]
        with ThreadPoolExecutor() as pool:
            return dict(zip((job.name for job in mine), pool.map(self._stop, mine), strict=True))

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        if follow and (output := self._attached.pop(job.name, None)) is not None:
            yield from self._overheard(job.name, output)
            return
        if self._logs.has(job.name):
            yield from self._logs.read(job.name)
            return
        seen = 0
        with suppress(NotThere, Conflict):
            for piece in self._log(job.name, follow=follow):
                seen += len(piece)
                yield piece
            if not follow:
                return
            with engine_errors():
                self._engine.wait(job.name)
            self._keep(job.name)
        # The container is gone; or it has just ended, and then the engine may have ended the
        # followed log before its last words.
        yield from self._logs.read(job.name, offset=seen)

    def release(self, jobs: Sequence[Job], /) -> None:
        mine = [job for job in jobs if job.host == self._host]
        present = self._present() if len(mine) > _FEW else None
        for job in mine:
            if present is None or job.name in present:
                self._release(job.name)

    @cached_property
    def _engine(self) -> "APIClient":
        return connect()

    @cached_property
    def _engine_id(self) -> str:
        with engine_errors():
            return str(self._engine.info()["ID"])

    def _submit(self, spec: JobSpec) -> Outcome:
        network = self._networks.lend(self._engine, spec)
        if self._starting.create(self._engine, spec, network=network):
            # A log is kept before its container goes: another command ran the job to its end.
            if self._logs.has(spec.name):
                self._remove(spec.name)
                return _LOST
            self._attach(spec.name)
        else:
            found = self._inspected(spec.name)
            outcome = outcome_of(found, self._engine_id) if found else _LOST
            if outcome.status is not JobStatus.PLANNED:
                return outcome
            network = lent_network(found or {})
            if network:
                # Nobody sees to it any more that this network stays.
                self._create_afresh(spec)
        self._start(spec, network)
        return Outcome(status=JobStatus.RUNNING, handle=self._engine_id)

    def _start(self, spec: JobSpec, network: str | None) -> None:
        try:
            start(self._engine, spec.name)
        except SubmissionRejected:
            if network is None:
                raise
            # An engine that was restarted meanwhile has lost it.
            self._networks.give_up()
            self._create_afresh(spec)
            start(self._engine, spec.name)

    def _create_afresh(self, spec: JobSpec) -> None:
        """Put a container with a network of its own in the place of one that never ran."""
        self._turn_away(spec.name)
        self._remove(spec.name)
        self._starting.create(self._engine, spec)
        self._attach(spec.name)

    def _attach(self, name: JobName) -> None:
        """Listen to a container from before its start until its first process is gone.

        That process is Docker's init, which keeps its output open to its end. What a container
        of the person's own making does (``run_args``) is not known.
        """
        if not self._settings.run_args:
            with engine_errors():
                self._attached[name] = attach(self._engine, name)

    def _overheard(self, name: JobName, attached: "Response") -> Iterator[bytes]:
        """What an attached container writes, kept on the way."""
        copy = self._logs.begin(name)
        try:
            with attached, engine_errors():
                for piece in heard(attached):
                    copy.write(piece)
                    yield piece
            self._ending.add(name)
            with suppress(NotThere, Conflict), engine_errors():
                self._engine.wait(name)
                self._networks.take_back(name)
                copy.finish()
        finally:
            self._ending.discard(name)
            copy.discard()

    def _present(self) -> Mapping[str, str]:
        """The status of every container of ours, by name, in one call."""
        with engine_errors():
            containers = self._engine.containers(all=True, filters={"label": JOB_LABEL})
        return {found["Labels"][JOB_LABEL]: found["State"] for found in containers}

    def _outcome(self, job: Job, present: Mapping[str, str] | None) -> Outcome:
        if present is not None and present.get(job.name) == "running":
            return Outcome(status=JobStatus.RUNNING, handle=job.outcome.handle)
        found = self._inspected(job.name) if present is None or job.name in present else None
        if found:
            return self._logs.truly(job.name, outcome_of(found, self._engine_id))
        # Another engine than the one that answers now may still have it.
        was_here = job.outcome.handle == self._engine_id
        return _LOST if was_here and job.status is not JobStatus.PLANNED else job.outcome

    def _inspected(self, name: JobName) -> Mapping[str, Any] | None:
        try:
            with engine_errors():
                return with_its_reason(self._engine, self._engine.inspect_container(name))
        except NotThere:
            return None

    def _stop(self, job: Job) -> Outcome:
        # One whose first process is gone has ended by itself; the engine is about to say so.
        if job.name in self._ending:
            with suppress(NotThere, Conflict), engine_errors():
                self._engine.wait(job.name)
        outcome = self._outcome(job, None)
        if outcome.status.is_terminal:
            return outcome
        # Whoever follows the job may see its end before this method does.
        self._logs.note_stop(job.name, f"stopped by {self._stopping.by}")
        with suppress(NotThere, Conflict), engine_errors():
            self._engine.stop(job.name, timeout=self._stopping.grace)
        return self._logs.truly(job.name, self._outcome(job, None))

    def _release(self, name: JobName) -> None:
        self._turn_away(name)
        self._networks.take_back(name)
        with suppress(NotThere, Conflict):
            self._keep(name)
            self._remove(name)
        self._logs.forget_stop(name)

    def _turn_away(self, name: JobName) -> None:
        """Stop listening to a container that nobody has heard out."""
        if unheard := self._attached.pop(name, None):
            unheard.close()

    def _remove(self, name: JobName) -> None:
        with engine_errors():
            self._engine.remove_container(name, v=True, force=True)

    def _keep(self, name: JobName) -> None:
        """Keep what the engine has, unless somebody has kept all that they heard."""
        if not self._logs.has(name):
            self._logs.keep(name, self._log(name, follow=False))

    def _log(self, name: JobName, *, follow: bool) -> Iterator[bytes]:
        with engine_errors():
            yield from self._engine.logs(name, stream=True, follow=follow)
