"""An engine and a history in memory, in the places of the real ones."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from caliban_cli.environment import Environment
from caliban_domain.dry_run import MemoryHistory, NoImages, NoSubmit
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName

_EXIT: Final = "--exit"


class InstantPlatform(NoSubmit):
    """Runs jobs in no time: each writes its arguments and exits with the value of ``--exit``."""

    def __init__(self) -> None:
        super().__init__(PlatformName.LOCAL)
        self.submitted: list[tuple[str, ...]] = []

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        return JobSpec(name=name, image=image, payload={"argv": list(experiment.argv)})

    def submit(self, spec: JobSpec, /) -> Outcome:
        self.submitted.append(_argv(spec))
        return Outcome(status=JobStatus.RUNNING)

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        yield " ".join(_argv(job.spec)).encode()
        yield b"\n"

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return {job.name: _outcome(_argv(job.spec)) for job in jobs}


@dataclass(frozen=True, slots=True)
class Images(NoImages):
    """Notes what is built."""

    built: list[ImageSpec] = field(default_factory=list)

    def build(self, spec: ImageSpec, /) -> ImageRef:
        self.built.append(spec)
        return ImageRef("sha256:0f6d8a3ddbee" + "0" * 52)


@dataclass(frozen=True, kw_only=True)
class Backstage:
    """What stands in for the engine and the history."""

    images: Images = field(default_factory=Images)
    platform: InstantPlatform = field(default_factory=InstantPlatform)
    memory: MemoryHistory = field(default_factory=MemoryHistory)

    @contextmanager
    def history(self, _: Environment) -> Iterator[MemoryHistory]:
        yield self.memory

    def end(self, status: JobStatus) -> None:
        """End all open jobs in the history."""
        ends = {job.name: replace(job.outcome, status=status) for job in self.memory.unsettled()}
        self.memory.record(ends)


def _argv(spec: JobSpec) -> tuple[str, ...]:
    argv = spec.payload["argv"]
    assert isinstance(argv, list)
    return tuple(argv)


def _outcome(argv: Sequence[str]) -> Outcome:
    code = int(argv[argv.index(_EXIT) + 1]) if _EXIT in argv else 0
    return Outcome(status=JobStatus.FAILED if code else JobStatus.SUCCEEDED, exit_code=code)
