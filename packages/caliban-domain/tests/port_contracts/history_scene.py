"""A forest of experiments: what the contract of the history enrols, and what it looks for."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Enrolment, History
from caliban_domain.provenance import Provenance, Revision

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SPEC: Final = ImageSpec(
    project="/home/totoro/forêt",
    mode=JobMode.GPU,
    base_image="python:3.12-slim",
    folder=".",
    requirements=("requirements.txt",),
    apt_packages=("git", "ffmpeg"),
    extras=("plots",),
)
PROVENANCE: Final = Provenance(
    version="0.5.0",
    command=("python", "forêt/train.py"),
    base_digest="sha256:" + "3d" * 32,
    revision=Revision(commit="4c" * 20, dirty=True, diff="5b" * 32),
)
ENROLMENT: Final = Enrolment(
    group=GroupName("forest"),
    spec=SPEC,
    image=ImageRef("sha256:" + "1f" * 32),
    script="train.py",
    platform=PlatformName.LOCAL,
    user="totoro",
    host="camphor",
    now=NOW,
    provenance=PROVENANCE,
)
OTHER_IMAGE: Final = ImageRef("registry.example/camphor@sha256:" + "2e" * 32)

PLANNED: Final = Outcome(status=JobStatus.PLANNED)
RUNNING: Final = Outcome(status=JobStatus.RUNNING, started_at=NOW, handle="c0ffee")
SUCCEEDED: Final = Outcome(
    status=JobStatus.SUCCEEDED, exit_code=0, started_at=NOW, ended_at=NOW, handle="c0ffee"
)
FAILED: Final = Outcome(
    status=JobStatus.FAILED,
    exit_code=137,
    started_at=NOW,
    ended_at=NOW + timedelta(microseconds=1),
    handle="c0ffee",
    reason="it ran out of memory, près de 2 GB",
)
ENDS: Final = [status for status in JobStatus if status.is_terminal]
OPEN: Final = [status for status in JobStatus if not status.is_terminal]

MANY: Final = 2_000
"""More than a history may care to write at once."""


def planned_by(enrolment: Enrolment, experiment: Experiment, name: JobName) -> JobSpec:
    payload = {"argv": [*experiment.argv], "limits": {"cpu": 0.5, "gpus": None}}
    return JobSpec(name=name, image=enrolment.image, payload=payload)


def enroll(
    history: History, experiments: Iterable[Experiment], enrolment: Enrolment = ENROLMENT
) -> Sequence[Job]:
    return history.enroll(
        enrolment, experiments, lambda experiment, name: planned_by(enrolment, experiment, name)
    )


def enroll_seeds(history: History, *seeds: int, enrolment: Enrolment = ENROLMENT) -> Sequence[Job]:
    return enroll(history, map(seeded, seeds), enrolment)


def enroll_one(history: History, enrolment: Enrolment = ENROLMENT) -> Job:
    (job,) = enroll_seeds(history, 1, enrolment=enrolment)
    return job


def seeded(seed: int) -> Experiment:
    return Experiment((("seed", seed),))


def seeds_of(jobs: Iterable[Job]) -> list[int]:
    return [int(job.experiment.argv[-1]) for job in jobs]


def names_of(jobs: Iterable[Job]) -> list[JobName]:
    return [job.name for job in jobs]


def numbers_of(jobs: Iterable[Job]) -> list[int]:
    return [job.number for job in jobs]


def recorded(history: History, job: Job, *statuses: JobStatus) -> Outcome:
    outcome = job.outcome
    for status in statuses:
        outcome = history.record({job.name: Outcome(status=status)})[job.name]
    return outcome


class Unexpected(Exception):
    """A bug, or a Ctrl-C, while a sweep is expanded or planned."""
