"""Try experiments of a group once more: same arguments, an image of the project as it is now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import Job, JobSpec, JobStatus
from caliban_domain.names import JobName
from caliban_domain.ports import Enrolment, History, Images, Planner
from caliban_domain.provenance import Provenance

UNDONE: Final = (JobStatus.FAILED, JobStatus.STOPPED, JobStatus.LOST)
"""How the jobs ended that are worth another attempt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewal:
    """A job, the image that its next attempt is to run, and where that comes from.

    ``is_newest`` says that it is the last attempt so far: one that somebody has made meanwhile,
    with this image, is as good as another.
    """

    job: Job
    image: ImageRef
    provenance: Provenance | None = None
    is_newest: bool = False

    def plan(self, name: JobName) -> JobSpec:
        """The next attempt, in the words in which the platform planned the last one."""
        return replace(self.job.spec, name=name, image=self.image)


def renew(jobs: Sequence[Job], images: Images) -> Sequence[Renewal]:
    """Make the image of each job again, from the project directory that the history knows.

    The jobs are the newest of their experiments. Each image is made once; a given image, which
    Caliban didn't make, stays what it is. Raises what the port promises.
    """
    made: dict[ImageSpec | ImageRef, ImageRef] = {}
    for job in jobs:
        if (wanted := _wanted(job)) not in made:
            made[wanted] = (
                images.build(wanted)
                if isinstance(wanted, ImageSpec)
                else images.find(wanted.reference)
            )
    return [Renewal(job=job, image=made[_wanted(job)], is_newest=True) for job in jobs]


def resubmit(
    renewals: Sequence[Renewal], *, history: History, user: str, host: str, now: datetime
) -> Sequence[Job]:
    """Enrol another job for each experiment, planned as its last one was, but for the image.

    Nothing has started yet. A job that was enrolled with this image and never started is taken
    up instead, as is a newer one than the last that still counts. Raises HistoryUnavailable.
    """
    added: list[Job] = []
    for alike in _batches(renewals):
        renewed, image, provenance = alike[0].job, alike[0].image, alike[0].provenance
        enrolment = Enrolment(
            group=renewed.experiment.group,
            spec=renewed.experiment.spec,
            image=image,
            script=renewed.experiment.script,
            platform=renewed.platform,
            user=user,
            host=host,
            now=now,
            provenance=provenance
            and replace(provenance, base_digest=image.base_digest or provenance.base_digest),
            rerun=True,
            since=max(renewal.job.number for renewal in alike) if alike[0].is_newest else None,
        )
        points = [Experiment(script_args=renewal.job.experiment.argv) for renewal in alike]
        added += history.enroll(enrolment, points, _planner(alike))
    return added


def _planner(renewals: Sequence[Renewal]) -> Planner:
    plans = {renewal.job.experiment.argv: renewal.plan for renewal in renewals}
    return lambda experiment, name: plans[experiment.argv](name)


def _batches(renewals: Sequence[Renewal]) -> Iterable[Sequence[Renewal]]:
    """The renewals that one enrolment can hold, together."""
    batches: defaultdict[object, list[Renewal]] = defaultdict(list)
    for renewal in renewals:
        job = renewal.job
        experiment = job.experiment
        same = (experiment.group, experiment.spec_number, experiment.script, job.platform)
        batches[same, renewal.image].append(renewal)
    return batches.values()


def _wanted(job: Job) -> ImageSpec | ImageRef:
    return job.experiment.spec or job.spec.image
