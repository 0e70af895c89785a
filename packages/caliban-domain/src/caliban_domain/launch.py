"""Make the image of a sweep and enrol every experiment of it in the history, ready to start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from caliban_domain.experiments import Experiment, Sweep
from caliban_domain.images import ImageSpec
from caliban_domain.jobs import Job, JobSpec
from caliban_domain.names import GroupName, JobName
from caliban_domain.observe import settle
from caliban_domain.ports import Enrolment, History, Images, Platform
from caliban_domain.provenance import Provenance


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """What a person asked to be run, by whom, where and when (``now`` in UTC).

    ``image`` is either a spec to build or the reference of an image that exists.
    """

    group: GroupName
    sweep: Sweep
    script: str
    script_args: tuple[str, ...]
    image: ImageSpec | str
    user: str
    host: str
    now: datetime
    rerun: bool = False
    provenance: Provenance | None = None


def launch(
    request: Launch, *, images: Images, platform: Platform, history: History
) -> Sequence[Job]:
    """Build the image, then enrol a job for each experiment; nothing has started yet.

    Of an experiment that the group holds already, a job with this same image that has succeeded,
    or is still going, counts as the one asked for, unless ``rerun``. The others are PLANNED in
    the history, or none is: whoever dies from here on leaves a record that ``observe`` can bring
    up to date. Raises what the three ports promise.
    """
    spec = request.image if isinstance(request.image, ImageSpec) else None
    image = images.build(spec) if spec else images.find(str(request.image))
    provenance = request.provenance
    enrolment = Enrolment(
        group=request.group,
        spec=spec,
        image=image,
        script=request.script,
        platform=platform.name,
        user=request.user,
        host=request.host,
        now=request.now,
        rerun=request.rerun,
        provenance=provenance and replace(provenance, base_digest=image.base_digest),
    )
    _catch_up(request.group, platform, history)

    def plan(experiment: Experiment, name: JobName) -> JobSpec:
        return platform.plan(experiment, image, name=name)

    return history.enroll(enrolment, request.sweep.experiments(request.script_args), plan)


def _catch_up(group: GroupName, platform: Platform, history: History) -> None:
    """Learn which of the group's jobs have ended, perhaps without a command that looked on."""
    if going := history.unsettled(platform=platform.name, group=group):
        settle(going, platform=platform, history=history)
