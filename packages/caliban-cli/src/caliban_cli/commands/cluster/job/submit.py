"""``caliban cluster job submit``: submit a script, or a sweep of it, to a Kubernetes cluster."""

from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from caliban_cli import cluster_wiring, remote_wiring, wiring
from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import context_of
from caliban_cli.kubernetes_job_flags import JobArgs, wishes_of
from caliban_cli.launch_request import image_plan
from caliban_cli.options import Manual, Parsed
from caliban_cli.project_flags import named_keys
from caliban_cli.remote_flags import (
    chosen_labels,
    export_file,
    labels,
    repository_for,
)
from caliban_cli.remote_run import export_each, remote_request, submit_there
from caliban_cli.render import job_count
from caliban_cli.say import say
from caliban_cli.shell_words import shell_line
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageRef, JobMode
from caliban_domain.jobs import JobSpec
from caliban_domain.launch import Launch, launch
from caliban_domain.machines import DEFAULT_REGION
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Images, Platform
from caliban_domain.repositories import Repository, repository_of

MANUAL: Final = Manual(
    command="cluster job submit",
    summary="Submit a script, or a sweep of it, to a Kubernetes cluster.",
    runs_script=True,
    examples="""\
  caliban cluster job submit --nogpu train.py -- --learning_rate 0.01
  caliban cluster job submit --experiment_config experiment.json --xgroup my-xgroup train.py
  caliban cluster job submit --context lab --namespace me --min_cpu 4000 --nogpu train.py
  caliban cluster job submit --cluster_name acorn --project_id my-project --nogpu train.py
      to a cluster of Google Cloud, without gcloud and kubectl
  caliban cluster job submit --indexed --experiment_config large.json --nogpu train.py
      thousands of experiments in a few objects
  caliban cluster job submit --nogpu --export my-job.yaml train.py
      writes what kubectl and caliban cluster job submit_file take

exit codes:
  0 all jobs were submitted, 2 bad usage, 3 nothing to do, 4 the image can't be built,
  5 the cluster said no, 6 the history can't be used, 7 a canary failed,
  130 interrupted
""",
)

_TRIAL: Final = JobName("caliban-trial-of-submission")


class Checked(Platform, Protocol):
    """A platform that looks at a job before it is asked to run it."""

    def check(self, spec: JobSpec) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Args(JobArgs):
    """The flags of a submission."""


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Submit the sweep. Returns 0 if the cluster has every job; raises PlatformError otherwise."""
    args = parsed.args
    entrypoint, spec, request = remote_request(args, parsed.script_args, environment)
    file = export_file(args, environment)
    wishes = _wishes(args, environment, spec.mode, request.group)
    if file and args.indexed:
        raise UsageError("--export writes jobs that are separate", hint="leave out --indexed")
    offline = args.dry_run or file is not None
    where = cluster_wiring.cluster_place(
        environment,
        context_of(args, environment, args.cloud_key),
        args.checked_namespace,
        needed=not offline,
    )
    plan = cluster_wiring.plan_for(where, **wishes, command=entrypoint.command)
    with cluster_wiring.kubernetes(environment, plan, cloud_key=args.cloud_key) as platform:
        if args.dry_run:
            _print_plan(request, entrypoint, platform, _plan_of_push(args, environment))
            return 0
        images = _images(args, environment)
        if file:
            jobs = launch(request, images=images, platform=platform, history=MemoryHistory())
            bodies = cluster_wiring.bodies(jobs, placed=args.namespace is not None)
            export_each(bodies, file)
            return 0
        _check(request, platform, _image_on_trial(args, environment))
        remote_wiring.make_experiment(wishes["tracking"], environment)
        source = environment.cwd if args.image_tag is None else None
        request = replace(request, provenance=wiring.provenance(entrypoint.command, source))
        with wiring.history(environment) as history:
            jobs = launch(request, images=images, platform=platform, history=history)
            there = cluster_wiring.to_cluster(platform, jobs)
            submit_there(jobs, there, history, canary=args.canary)
    return 0


def _wishes(
    args: Args, environment: Environment, mode: JobMode, group: GroupName
) -> dict[str, Any]:
    """What is asked of the jobs, in the words of their settings. Raises UsageError."""
    return {
        **wishes_of(args, mode),
        "chosen_labels": chosen_labels(args, environment, mode),
        "labels": labels(args.label),
        "force": args.force,
        "group": group,
        "tracking": remote_wiring.tracking_there(environment, group),
    }


def _images(args: Args, environment: Environment) -> Images:
    """What makes the image, or finds it, and sees to it that a registry has it."""
    if args.image_tag and (args.force or "@sha256:" in args.image_tag):
        return NoImages()
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    made = wiring.images(environment, use_cache=not args.no_cache, say=say, credentials=credentials)
    repository = _repository(args, environment)
    return remote_wiring.pushed_images(made, repository, environment, credentials.key, say=say)


def _repository(args: Args, environment: Environment) -> Repository:
    """Where an image goes, so that the cluster can pull it. Raises UsageError."""
    if args.image_tag and args.image_repository is None and (kept := repository_of(args.image_tag)):
        return kept
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    project = ""
    if args.image_repository is None:
        try:
            project = remote_wiring.project_id(environment, args.project_id, credentials)
        except UsageError as error:
            raise UsageError(
                "nobody says which registry the cluster pulls images from",
                hint="--image_repository HOST[:PORT]/PATH names one that this machine reaches too",
            ) from error
    return repository_for(args, environment, project=project, region=DEFAULT_REGION)


def _image_on_trial(args: Args, environment: Environment) -> ImageRef:
    """An image from where the job's will be: some clusters take those of certain places alone."""
    return ImageRef(args.image_tag or f"{_repository(args, environment)}:trial")


def _check(request: Launch, platform: Checked, image: ImageRef) -> None:
    """Let the cluster look at the first job before anything is built, pushed or recorded."""
    first = next(iter(request.sweep.experiments(request.script_args)))
    platform.check(platform.plan(first, image, name=_TRIAL))


def _plan_of_push(args: Args, environment: Environment) -> str:
    return "" if args.image_tag else f"would push it to {_repository(args, environment)}"


def _print_plan(request: Launch, entrypoint: Entrypoint, platform: Platform, push: str) -> None:
    """Say, in the conditional, all that would happen."""
    if isinstance(request.image, str):
        print(f"would run the image {request.image}")
    else:
        print(image_plan(request.image, entrypoint))
        print(push)
    jobs = launch(request, images=NoImages(), platform=platform, history=MemoryHistory())
    place = cluster_wiring.place_of(jobs)
    print(f"would submit {job_count(len(jobs))} to {place}, xgroup {request.group}:")
    for job in jobs:
        print(f"  {shell_line((*entrypoint.command, *job.experiment.argv))}")
