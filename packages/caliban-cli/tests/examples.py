"""Jobs of a user called totoro, to be shown."""

from datetime import UTC, datetime, timedelta
from typing import Final

from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import EnrolledExperiment, Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.provenance import Provenance, Revision

NOON: Final = datetime(2020, 5, 28, 12, tzinfo=UTC)
IMAGE: Final = ImageRef("sha256:0f6d8a3ddbee" + "0" * 52)
SPEC: Final = ImageSpec(
    project="/home/totoro/cpu", mode=JobMode.CPU, base_image="python:3.12-slim", folder="."
)


def experiment(
    number: int = 1,
    *argv: str,
    group: str = "forest",
    spec: ImageSpec | None = SPEC,
    spec_number: int = 1,
) -> EnrolledExperiment:
    return EnrolledExperiment(
        number=number,
        group=GroupName(group),
        spec_number=spec_number,
        spec=spec,
        script="cpu.py",
        argv=argv,
    )


def job(
    number: int = 1,
    of: EnrolledExperiment | None = None,
    outcome: Outcome | None = None,
) -> Job:
    """A job that was made ``number`` seconds after noon, and runs if nothing else is said."""
    of = of or experiment()
    name = JobName(f"{of.group}-{of.number}-{number}")
    return Job(
        number=number,
        spec=JobSpec(name=name, image=IMAGE, payload={}),
        experiment=of,
        platform=PlatformName.LOCAL,
        user="totoro",
        host="tree",
        created_at=NOON + timedelta(seconds=number),
        outcome=outcome or Outcome(status=JobStatus.RUNNING),
        provenance=Provenance(
            version="0.5.0",
            command=("python", "cpu.py"),
            base_digest="sha256:ba5e",
            revision=Revision(commit="c0mm17", dirty=True, diff="d1ff"),
        ),
    )
