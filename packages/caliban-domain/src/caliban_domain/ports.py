"""What the use cases need: something that builds, something that runs, something that remembers.

Every implementation, stand-ins included, passes the contract tests in ``tests/port_contracts``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import (
    EnrolledExperiment,
    Job,
    JobSpec,
    JobStatus,
    Outcome,
    PlatformName,
)
from caliban_domain.names import GroupName, JobName
from caliban_domain.provenance import Provenance

Planner = Callable[[Experiment, JobName], JobSpec]

_PLANNED: Final = Outcome(status=JobStatus.PLANNED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """What one launch adds to the history, before anything of it runs."""

    group: GroupName
    spec: ImageSpec | None
    image: ImageRef
    script: str
    platform: PlatformName
    user: str
    host: str
    now: datetime
    provenance: Provenance | None = None
    rerun: bool = False
    """Whether experiments that have succeeded, or run at the moment, are to run once more."""
    since: int | None = None
    """With ``rerun``, the newest job that was known when it was asked for, if that matters."""

    def job(self, number: int, experiment: EnrolledExperiment, spec: JobSpec) -> Job:
        """A job of the launch, as it is planned."""
        return Job(
            number=number,
            spec=spec,
            experiment=experiment,
            platform=self.platform,
            user=self.user,
            host=self.host,
            created_at=self.now,
            outcome=_PLANNED,
            provenance=self.provenance,
        )


class Images(Protocol):
    """Makes images. Raises ImageBuildFailed; PlatformUnavailable where no engine answers."""

    def build(self, spec: ImageSpec, /) -> ImageRef:
        """The image of a spec, built if nothing like it exists yet."""

    def find(self, reference: str, /) -> ImageRef:
        """An image that exists already, by id or name. Raises UsageError where there is none."""


class Platform(Protocol):
    """One configured place where jobs run. Raises PlatformError; touches no history."""

    @property
    def name(self) -> PlatformName: ...

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        """How the experiment would be run. Touches nothing."""

    def submit(self, spec: JobSpec, /) -> Outcome:
        """Start a job. Idempotent by name: twice submitted is one job."""

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        """How the jobs are, in bulk. A job that was submitted and isn't there any more is LOST.

        A job that is planned and isn't there stays PLANNED. One that this platform can't reach
        from here, such as another machine's, has no outcome.
        """

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        """End the jobs that are still going; the outcomes afterwards.

        A job that this platform can't reach from here has none.
        """

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        """What the job wrote, both streams in order, in pieces of any size.

        With ``follow`` the iterator ends when the job has ended, and ``observe`` then says so.
        """

    def release(self, jobs: Sequence[Job], /) -> None:
        """Free what the platform holds of jobs whose end is recorded; their logs stay readable."""


class History(Protocol):
    """Remembers every experiment and every job. Raises HistoryUnavailable."""

    def enroll(
        self, enrolment: Enrolment, experiments: Iterable[Experiment], plan: Planner
    ) -> Sequence[Job]:
        """Record an experiment and a PLANNED job for each, in their order, all or nothing.

        An experiment that the group holds already (same spec, script and arguments) keeps its
        number. A job of it with the same image that needn't be repeated is returned instead of
        another one: one that has succeeded, else one of the same platform that is running or
        SUBMITTED, else one of the same host too that an earlier enrolment left PLANNED. With
        ``rerun`` only the last, or a job that is newer than the one it was asked for ``since``.
        Job names come from ``names.job_name``.
        """

    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        """Advance jobs to what a platform said of them; how they are afterwards.

        They advance as ``Outcome.advanced_to`` says: an outcome that can't follow a job's status,
        such as any after its end, changes nothing.
        """

    def is_planned(self, name: JobName, /) -> bool:
        """Whether nobody has started or ended the job so far."""

    def settle(self, names: Iterable[JobName], /) -> None:
        """Note that the platform holds nothing of these ended jobs any more.

        Raises ValueError, and notes nothing, if one of them hasn't ended.
        """

    def unsettled(
        self,
        *,
        platform: PlatformName | None = None,
        host: str | None = None,
        group: GroupName | None = None,
    ) -> Sequence[Job]:
        """Every job that isn't settled, by number: those to ask the platform about.

        With ``platform`` or ``group``, those of it. With ``host``, those that can be asked about
        on that machine: LOCAL jobs of others are left out.
        """

    def numbered(self, numbers: Iterable[int], /) -> Sequence[Job]:
        """The jobs with these numbers, by number; those that there are."""

    def recent(
        self,
        *,
        user: str | None = None,
        limit: int | None = None,
        states: Collection[JobStatus] = (),
    ) -> Sequence[Job]:
        """The newest jobs, of one user or of all; oldest of them first.

        With ``states``, those in one of them.
        """

    def of_group(
        self, group: GroupName, /, *, user: str | None = None, limit: int | None = None
    ) -> Sequence[Job]:
        """A group's jobs by experiment, then number; at most the ``limit`` newest of each one.

        Raises UnknownGroup.
        """
