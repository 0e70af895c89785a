"""Ports that touch nothing: dry runs are wired to them, and tests of the use cases need them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from caliban_domain.errors import UnknownGroup
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import (
    REUSABLE,
    EnrolledExperiment,
    Job,
    JobSpec,
    JobStatus,
    Outcome,
    PlatformName,
)
from caliban_domain.names import ExperimentKey, GroupName, JobName, experiment_key, job_name
from caliban_domain.ports import Enrolment, Planner

NOT_BUILT: Final = ImageRef("(not built)")


class NoImages:
    """Builds nothing, and takes any image to exist."""

    def build(self, spec: ImageSpec, /) -> ImageRef:
        return NOT_BUILT

    def find(self, reference: str, /) -> ImageRef:
        return ImageRef(reference)


class NoSubmit:
    """Plans jobs for a platform and never starts one."""

    def __init__(self, name: PlatformName) -> None:
        self.name: Final = name

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        return JobSpec(name=name, image=image, payload={})

    def submit(self, spec: JobSpec, /) -> Outcome:
        return Outcome(status=JobStatus.PLANNED)

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return {job.name: job.outcome for job in jobs}

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return {job.name: job.outcome for job in jobs}

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        return iter(())

    def release(self, jobs: Sequence[Job], /) -> None:
        pass


class MemoryHistory:
    """A history that lasts as long as its process."""

    def __init__(self) -> None:
        self._specs: dict[ImageSpec | None, int] = {}
        self._experiments: dict[
            tuple[GroupName, int, ExperimentKey], tuple[EnrolledExperiment, list[JobName]]
        ] = {}
        self._jobs: dict[JobName, Job] = {}
        self._settled: set[JobName] = set()

    def enroll(
        self, enrolment: Enrolment, experiments: Iterable[Experiment], plan: Planner
    ) -> Sequence[Job]:
        reusable = {name for name, job in self._jobs.items() if _spares(job, enrolment)}
        with ExitStack() as on_failure:
            on_failure.callback(self._restorer())
            jobs = [
                self._enroll_one(enrolment, experiment, plan, reusable)
                for experiment in experiments
            ]
            on_failure.pop_all()
        return jobs

    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        jobs = {name: self._jobs[name] for name in outcomes}
        for name, job in jobs.items():
            self._jobs[name] = replace(job, outcome=job.outcome.advanced_to(outcomes[name]))
        return {name: self._jobs[name].outcome for name in outcomes}

    def is_planned(self, name: JobName, /) -> bool:
        return self._jobs[name].status is JobStatus.PLANNED

    def settle(self, names: Iterable[JobName], /) -> None:
        ended = {name: self._jobs[name].status.is_terminal for name in names}
        for name, has_ended in ended.items():
            if not has_ended:
                raise ValueError(f"{name} has not ended")
        self._settled.update(ended)

    def unsettled(
        self,
        *,
        platform: PlatformName | None = None,
        host: str | None = None,
        group: GroupName | None = None,
    ) -> Sequence[Job]:
        return [
            job
            for name, job in self._jobs.items()
            if name not in self._settled
            and platform in (None, job.platform)
            and group in (None, job.experiment.group)
            and (host in (None, job.host) or job.platform is not PlatformName.LOCAL)
        ]

    def numbered(self, numbers: Iterable[int], /) -> Sequence[Job]:
        wanted = set(numbers)
        return [job for job in self._jobs.values() if job.number in wanted]

    def recent(
        self,
        *,
        user: str | None = None,
        limit: int | None = None,
        states: Collection[JobStatus] = (),
    ) -> Sequence[Job]:
        jobs = [
            job
            for job in self._jobs.values()
            if user in (None, job.user) and (not states or job.status in states)
        ]
        return _newest(jobs, limit)

    def of_group(
        self, group: GroupName, /, *, user: str | None = None, limit: int | None = None
    ) -> Sequence[Job]:
        entries = [entry for key, entry in self._experiments.items() if key[0] == group]
        if not entries:
            raise UnknownGroup(f"there is no experiment group {group!r}")
        found: list[Job] = []
        for _, names in entries:
            jobs = [self._jobs[name] for name in names]
            found += _newest([job for job in jobs if user in (None, job.user)], limit)
        return found

    def _restorer(self) -> Callable[[], None]:
        """What undoes whatever is enrolled from now on."""
        specs, jobs = self._specs.copy(), self._jobs.copy()
        known = {key: (it, names.copy()) for key, (it, names) in self._experiments.items()}

        def restore() -> None:
            self._specs, self._experiments, self._jobs = specs, known, jobs

        return restore

    def _enroll_one(
        self,
        enrolment: Enrolment,
        experiment: Experiment,
        plan: Planner,
        reusable: set[JobName],
    ) -> Job:
        enrolled, names = self._experiment(enrolment, experiment)
        if spared := [self._jobs[name] for name in names if name in reusable]:
            best = min(spared, key=lambda job: REUSABLE.index(job.status))
            reusable.remove(best.name)
            return best
        name = job_name(enrolment.group, enrolled.number, len(names) + 1, "memory")
        job = enrolment.job(len(self._jobs) + 1, enrolled, plan(experiment, name))
        names.append(name)
        self._jobs[name] = job
        return job

    def _experiment(
        self, enrolment: Enrolment, experiment: Experiment
    ) -> tuple[EnrolledExperiment, list[JobName]]:
        spec_number = self._specs.setdefault(enrolment.spec, len(self._specs) + 1)
        argv = experiment.argv
        key = (enrolment.group, spec_number, experiment_key(enrolment.script, argv))
        if key not in self._experiments:
            enrolled = EnrolledExperiment(
                number=len(self._experiments) + 1,
                group=enrolment.group,
                spec_number=spec_number,
                spec=enrolment.spec,
                script=enrolment.script,
                argv=argv,
            )
            self._experiments[key] = (enrolled, [])
        return self._experiments[key]


def _spares(job: Job, enrolment: Enrolment) -> bool:
    """Whether a job with the enrolment's image needn't be repeated."""
    is_there = job.platform is enrolment.platform
    is_news = enrolment.since is not None and job.number > enrolment.since
    counts = is_news or not enrolment.rerun
    match job.status:
        case JobStatus.SUCCEEDED:
            spares = counts
        case JobStatus.PLANNED:
            spares = is_there and job.host == enrolment.host
        case status:
            spares = is_there and counts and status in REUSABLE
    return spares and job.spec.image == enrolment.image


def _newest(jobs: list[Job], limit: int | None) -> list[Job]:
    return jobs if limit is None else jobs[len(jobs) - min(limit, len(jobs)) :]
