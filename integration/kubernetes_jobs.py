"""Jobs for tests of Kubernetes: planned as the adapter plans them."""

from dataclasses import replace
from datetime import UTC, datetime

from caliban_adapters.kubernetes import manifest
from caliban_adapters.kubernetes.manifest import Destination, Settings
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import EnrolledExperiment, Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName

HERE = Destination("here", "research")
IMAGE = ImageRef("registry.example/caliban@sha256:" + "1" * 64)
GROUP = GroupName("tea")
SETTINGS = Settings(destination=HERE, group=GROUP, command=("python", "train.py"))
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def spec(
    *argv: str, name: str = "tea-1", image: ImageRef = IMAGE, settings: Settings = SETTINGS
) -> JobSpec:
    """A planned job of these arguments."""
    return manifest.plan(Experiment(script_args=argv), image, JobName(name), settings=settings)


def job(planned: JobSpec, status: JobStatus = JobStatus.PLANNED, *, number: int = 1) -> Job:
    """The job as a history holds it."""
    experiment = EnrolledExperiment(
        number=number, group=GROUP, spec_number=1, spec=None, script="train.py", argv=()
    )
    return Job(
        number=number,
        spec=planned,
        experiment=experiment,
        platform=PlatformName.K8S,
        user="ada",
        host="laptop",
        created_at=NOW,
        outcome=Outcome(status=status),
    )


def as_told(one: Job, outcome: Outcome) -> Job:
    """The job after an answer of the platform."""
    return replace(one, outcome=one.outcome.advanced_to(outcome))
