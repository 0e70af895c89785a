"""``caliban run``: run a script, or a sweep of it, in containers on this machine."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from caliban_cli import render, wiring
from caliban_cli.container_flags import ContainerArgs
from caliban_cli.environment import Environment
from caliban_cli.job_console import JobConsole
from caliban_cli.options import Manual, Parsed, positive_number, switch, value
from caliban_cli.project_flags import ProjectArgs, named_keys, read_project
from caliban_cli.say import say
from caliban_domain.dry_run import MemoryHistory, NoImages, NoSubmit
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import JobsFailed, NothingToDo, UsageError
from caliban_domain.experiments import ONE_EXPERIMENT, Sweep
from caliban_domain.follow import Event, Stopping, follow
from caliban_domain.images import ImageSpec, JobMode
from caliban_domain.jobs import Job, JobStatus, Outcome, PlatformName
from caliban_domain.launch import Launch, launch
from caliban_domain.names import JobName, default_group_name, group_name

MANUAL: Final = Manual(
    command="run",
    summary="Run a script, or a sweep of it, in containers on this machine.",
    runs_script=True,
    examples="""\
  caliban run --nogpu train.py
  caliban run --nogpu train.py -- --learning_rate 0.01
  caliban run --nogpu --experiment_config experiment.json --parallel 2 train.py
  expansion experiment.json | caliban run --experiment_config stdin --dry_run train.py

exit codes:
  0 all jobs succeeded, 2 bad usage, 3 nothing to do, 4 the image can't be built,
  5 the engine said no, 6 the history can't be used, 7 a job failed, 130 interrupted
""",
)

_INTERRUPTED: Final = 130


@dataclass(frozen=True, kw_only=True)
class Args(ProjectArgs, ContainerArgs):
    experiment_config: str | None = value(
        "--experiment_config",
        about="path of a JSON or YAML file that describes a sweep, or 'stdin' or '-'",
        metavar="FILE",
    )
    dry_run: bool = switch("--dry_run", about="print what would be run, and touch nothing")
    xgroup: str | None = value(
        "--xgroup", about="experiment group to add to; a new one by default", metavar="XGROUP"
    )
    image_id: str | None = value(
        "--image_id", about="run this image, which exists, instead of building one", metavar="IMAGE"
    )
    parallel: int = value(
        "--parallel",
        about="run so many jobs at a time (default: 1)",
        kind=positive_number,
        default=1,
        metavar="N",
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Run the sweep to its end. Returns 0 if every job succeeded; raises JobsFailed otherwise."""
    args = parsed.args
    sweep = _sweep(args)
    run_args = args.run_args
    entrypoint, spec = read_project(args, environment)
    request = _request(parsed, environment, sweep, spec)
    gpus = spec.mode is JobMode.GPU
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    settings = wiring.container_settings(
        environment, entrypoint.command, credentials, gpus=gpus, run_args=run_args
    )
    if args.dry_run:
        _print_plan(request, entrypoint, args)
        return 0
    if gpus:
        wiring.require_gpus()
    images = wiring.images(
        environment, use_cache=not args.no_cache, say=say, withheld=credentials.paths
    )
    with (
        wiring.local_platform(environment, settings) as platform,
        wiring.history(environment) as history,
    ):
        jobs = launch(request, images=images, platform=platform, history=history)
        say(_announcement(jobs, args))
        outcomes = follow(
            jobs,
            platform=platform,
            history=history,
            parallel=args.parallel,
            notify=_notifier(len(jobs), args),
        )
    _conclude(jobs, outcomes)
    return 0


def _notifier(total: int, args: Args) -> Callable[[Event], None]:
    console = JobConsole(total=total, prefixed=args.parallel > 1, say=say)

    def notify(event: Event) -> None:
        console.show(event)
        if isinstance(event, Stopping):
            signal.signal(signal.SIGINT, _leave_at_once)

    return notify


def _sweep(args: Args) -> Sweep:
    if args.experiment_config is None:
        return ONE_EXPERIMENT
    from caliban_expansion.source import read_sweep

    sweep = read_sweep(args.experiment_config, sys.stdin)
    if not sweep.count:
        raise NothingToDo(f"{args.experiment_config} describes no experiments")
    return sweep


def _as_text(script_args: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, if they can be sent to an engine, which takes only UTF-8."""
    for argument in script_args:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"the script's argument {os.fsencode(argument)!r} is not UTF-8 text",
                hint="put bytes into a file that the image holds, and pass its name",
            ) from error
    return script_args


def _request(
    parsed: Parsed[Args], environment: Environment, sweep: Sweep, spec: ImageSpec
) -> Launch:
    args = parsed.args
    now = datetime.now(UTC)
    return Launch(
        group=group_name(args.xgroup)
        if args.xgroup is not None
        else default_group_name(environment.user, now.astimezone()),
        sweep=sweep,
        script=args.module,
        script_args=_as_text(parsed.script_args),
        image=spec if args.image_id is None else args.image_id,
        user=environment.user,
        host=environment.host,
        now=now,
    )


def _announcement(jobs: Sequence[Job], args: Args) -> str:
    count = "1 job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    pace = f", {args.parallel} at a time" if len(jobs) > 1 else ""
    return f"running {count} in xgroup {jobs[0].experiment.group}{pace}"


def _print_plan(request: Launch, entrypoint: Entrypoint, args: Args) -> None:
    """Say, in the conditional, all that would happen."""
    if isinstance(request.image, str):
        print(f"would run the image {request.image}")
    else:
        print(_image_plan(request.image, entrypoint))
    jobs = launch(
        request,
        images=NoImages(),
        platform=NoSubmit(PlatformName.LOCAL),
        history=MemoryHistory(),
    )
    count = "1 job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    print(f"would run {count} in xgroup {request.group}, {args.parallel} at a time:")
    for job in jobs:
        print(f"  {shlex.join((*entrypoint.command, *job.experiment.argv))}")


def _image_plan(spec: ImageSpec, entrypoint: Entrypoint) -> str:
    parts = [
        f"would build a {spec.mode.upper()} image of {spec.project} from {spec.base_image}:",
        *(f"  install {name}" for name in (*spec.apt_packages, *spec.requirements)),
        *(f"  copy {path}" for path in (*spec.extra_dirs, entrypoint.folder)),
    ]
    return "\n".join(parts)


def _conclude(jobs: Sequence[Job], outcomes: Mapping[JobName, Outcome]) -> None:
    ended = [replace(job, outcome=outcomes[job.name]) for job in jobs if job.name in outcomes]
    failed = [job for job in ended if job.status is not JobStatus.SUCCEEDED]
    group = jobs[0].experiment.group
    if failed:
        say(render.jobs_table(failed).rstrip())
        raise JobsFailed(
            f"{len(failed)} of {len(jobs)} jobs did not succeed",
            hint=f"caliban status --xgroup {shlex.quote(group)} shows them",
        )
    if len(jobs) > 1:
        say(f"{len(ended)} jobs succeeded; caliban status --xgroup {shlex.quote(group)} shows them")


def _leave_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)
