"""``caliban replay``: run what a job ran, with the very same code."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from caliban_cli import wiring
from caliban_cli.container_flags import ContainerArgs
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import jobs_numbered
from caliban_cli.local_run import conclude, run_here
from caliban_cli.options import Manual, Parsed, positive_number, switch, value
from caliban_cli.say import say
from caliban_domain.agenda import Policy
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import Job, PlatformName
from caliban_domain.ports import History, Images
from caliban_domain.provenance import Provenance, Revision
from caliban_domain.resubmit import Renewal, resubmit

MANUAL: Final = Manual(
    command="replay",
    summary="Run what a job ran once more: with its image, or with one of the commit it was at.",
    examples="""\
  caliban replay 12
  caliban replay 12 --dry_run      only say which of the two it would be
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(ContainerArgs):
    job: int = value(
        "job", kind=positive_number, about="number of the job, as caliban status shows it"
    )
    dry_run: bool = switch("--dry_run", about="say what would be run, and touch nothing")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Run the job's experiment again. Returns 0 if it succeeded; raises JobsFailed otherwise."""
    args = parsed.args
    run_args = args.run_args
    with wiring.existing_history(environment) as history:
        (job,) = jobs_numbered([args.job], history)
        _refuse_elsewhere(job)
        credentials = wiring.credentials(environment, None, None)
        images = wiring.images(environment, use_cache=True, say=say, credentials=credentials)
        if args.dry_run or history is None:
            print(_plan(job, images))
            return 0
        gpus = job.experiment.spec is not None and job.experiment.spec.mode is JobMode.GPU
        if gpus:
            wiring.require_gpus()
        settings = wiring.container_settings(
            environment, (), credentials, gpus=gpus, run_args=run_args
        )
        with wiring.local_platform(environment, settings) as platform:
            attempt = _attempt(_renewal(job, images), history, environment)
            ended = run_here([attempt], platform=platform, history=history, policy=Policy())
    conclude(ended)
    return 0


def _attempt(renewal: Renewal, history: History, environment: Environment) -> Job:
    """Another job of the same experiment, enrolled and ready to start."""
    (attempt,) = resubmit(
        [renewal],
        history=history,
        user=environment.user,
        host=environment.host,
        now=datetime.now(UTC),
    )
    return attempt


def _refuse_elsewhere(job: Job) -> None:
    if job.platform is not PlatformName.LOCAL:
        raise UsageError(
            f"job {job.number} ran on {job.platform}, and replay can only run jobs on this machine"
        )


def _plan(job: Job, images: Images) -> str:
    if _existing(job, images):
        return f"would run job {job.number} again with the same image, {job.spec.image.short}"
    spec, revision = _recorded(job)
    return f"would build an image of {spec.project} at commit {revision.commit[:12]}, and run it"


def _renewal(job: Job, images: Images) -> Renewal:
    """The job with its image if that is still there, else with one of the code as it was."""
    if image := _existing(job, images):
        say(f"replaying job {job.number} with the same image, {image.short}")
        revision = job.provenance.revision if job.provenance else None
        return Renewal(job=job, image=image, provenance=_provenance(job, revision))
    spec, revision = _recorded(job)
    say(f"the image of job {job.number} is gone: building commit {revision.commit[:12]} again")
    if revision.dirty:
        say("the files of the project had been changed since that commit, which is not repeated")
    with wiring.checked_out(spec.project, revision.commit) as folder:
        image = images.build(replace(spec, project=str(folder)))
    as_committed = Revision(commit=revision.commit, dirty=False)
    return Renewal(job=job, image=image, provenance=_provenance(job, as_committed))


def _provenance(job: Job, revision: Revision | None) -> Provenance | None:
    """Where the next attempt comes from; unknown if the job's was."""
    if job.provenance is None:
        return None
    now = wiring.provenance(job.provenance.command, None)
    return replace(now, base_digest=job.provenance.base_digest, revision=revision)


def _existing(job: Job, images: Images) -> ImageRef | None:
    try:
        return images.find(job.spec.image.reference)
    except UsageError:
        return None


def _recorded(job: Job) -> tuple[ImageSpec, Revision]:
    """How the job's image was made, and of which commit. Raises UsageError if nobody knows."""
    spec = job.experiment.spec
    revision = job.provenance.revision if job.provenance else None
    if spec is None or revision is None:
        unknown = "wasn't made by caliban" if spec is None else "wasn't made of a commit"
        raise UsageError(
            f"the image of job {job.number} is gone, and {unknown}",
            hint=f"caliban resubmit --xgroup {job.experiment.group} runs the code as it is now",
        )
    return spec, revision
