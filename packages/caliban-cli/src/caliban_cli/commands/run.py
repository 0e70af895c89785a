"""``caliban run``: run a script, or a sweep of it, in containers on this machine."""

from dataclasses import dataclass, replace
from typing import Final

from caliban_cli import remote_wiring, wiring
from caliban_cli.container_flags import ContainerArgs, LimitArgs
from caliban_cli.environment import Environment
from caliban_cli.launch_request import image_plan, launch_request, read_sweep
from caliban_cli.local_run import conclude, run_here
from caliban_cli.options import Manual, Parsed, switch, value
from caliban_cli.project_flags import ProjectArgs, named_keys, named_tracking, read_project
from caliban_cli.render import job_count
from caliban_cli.say import say
from caliban_cli.shell_words import shell_line
from caliban_cli.sweep_flags import SweepArgs, policy
from caliban_domain.dry_run import MemoryHistory, NoImages, NoSubmit
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageSpec, JobMode
from caliban_domain.jobs import PlatformName
from caliban_domain.launch import Launch, launch

MANUAL: Final = Manual(
    command="run",
    summary="Run a script, or a sweep of it, in containers on this machine.",
    runs_script=True,
    examples="""\
  caliban run --nogpu train.py
  caliban run --nogpu train.py -- --learning_rate 0.01
  caliban run --nogpu --experiment_config experiment.json --parallel 2 train.py
  caliban run --nogpu --experiment_config experiment.json --xgroup my-xgroup train.py
      again: runs only what hasn't succeeded in the group with this same image
  expansion experiment.json | caliban run --experiment_config stdin --dry_run train.py

exit codes:
  0 all jobs succeeded, 2 bad usage, 3 nothing to do, 4 the image can't be built,
  5 the engine said no, 6 the history can't be used, 7 a job failed, 130 interrupted
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(SweepArgs, LimitArgs, ProjectArgs, ContainerArgs):
    experiment_config: str | None = value(
        "--experiment_config",
        about="path of a JSON or YAML file that describes a sweep, or 'stdin' or '-'",
        metavar="FILE",
    )
    dry_run: bool = switch("--dry_run", about="print what would be run, and touch nothing")
    xgroup: str | None = value(
        "--xgroup", about="experiment group to add to; a new one by default", metavar="XGROUP"
    )
    rerun: bool = switch(
        "--rerun", about="run also what has succeeded in the group with this same image"
    )
    image_id: str | None = value(
        "--image_id", about="run this image, which exists, instead of building one", metavar="IMAGE"
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Run the sweep to its end. Returns 0 if every job succeeded; raises JobsFailed otherwise."""
    args = parsed.args
    sweep = read_sweep(args.experiment_config)
    how = policy(args, jobs=sweep.count)
    run_args = args.run_args
    entrypoint, spec = read_project(args, environment)
    image = spec if args.image_id is None else args.image_id
    request = launch_request(args, parsed.script_args, environment, sweep=sweep, image=image)
    gpus = _wants_gpus(args, spec)
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    settings = wiring.container_settings(
        environment, entrypoint.command, credentials, gpus=gpus, run_args=run_args
    )
    settings = replace(settings, memory=args.memory, cpus=args.cpus, gpus_per_job=args.gpus_per_job)
    if args.dry_run:
        _print_plan(request, entrypoint, args)
        return 0
    if gpus:
        wiring.require_gpus()
    if settings.wants_gpus and args.gpus_per_job:
        at_a_time = min(args.parallel, sweep.count)
        wiring.require_devices(environment, at_a_time * args.gpus_per_job)
    settings = remote_wiring.with_tracking(
        settings, named_tracking(environment, run_args), request.group
    )
    project = environment.cwd if args.image_id is None else None
    request = replace(request, provenance=wiring.provenance(entrypoint.command, project))
    images = wiring.images(
        environment, use_cache=not args.no_cache, say=say, credentials=credentials
    )
    with (
        wiring.local_platform(environment, settings) as platform,
        wiring.history(environment) as history,
    ):
        jobs = launch(request, images=images, platform=platform, history=history)
        ended = run_here(jobs, platform=platform, history=history, policy=how)
    conclude(ended)
    return 0


def _wants_gpus(args: Args, spec: ImageSpec) -> bool:
    gpus = spec.mode is JobMode.GPU
    if args.gpus_per_job and not gpus:
        raise UsageError(
            "--gpus_per_job asks for GPUs, and these jobs run on the CPU",
            hint='leave it out, or --nogpu, or "default_mode" in .calibanconfig.json',
        )
    return gpus


def _print_plan(request: Launch, entrypoint: Entrypoint, args: Args) -> None:
    """Say, in the conditional, all that would happen."""
    if isinstance(request.image, str):
        print(f"would run the image {request.image}")
    else:
        print(image_plan(request.image, entrypoint))
    jobs = launch(
        request,
        images=NoImages(),
        platform=NoSubmit(PlatformName.LOCAL),
        history=MemoryHistory(),
    )
    print(f"would run {job_count(len(jobs))} in xgroup {request.group}, {args.parallel} at a time:")
    for job in jobs:
        print(f"  {shell_line((*entrypoint.command, *job.experiment.argv))}")
