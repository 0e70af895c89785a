"""``caliban cloud``: submit a script, or a sweep of it, to Vertex AI."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import fill
from typing import Any, Final

from caliban_cli import remote_wiring, wiring
from caliban_cli.environment import Environment
from caliban_cli.launch_request import image_plan
from caliban_cli.options import Manual, Parsed, positive_number, switch, value
from caliban_cli.project_flags import named_keys
from caliban_cli.remote_flags import (
    RemoteArgs,
    chosen_labels,
    export_file,
    labels,
    repository_for,
)
from caliban_cli.remote_run import export, pace, remote_request, submit_there
from caliban_cli.say import say
from caliban_cli.shell_words import shell_line
from caliban_cli.sweep_flags import duration
from caliban_domain.accelerators import GPUS, TPUS, parse_gpu, parse_tpu
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode
from caliban_domain.launch import Launch, launch
from caliban_domain.machines import (
    DEFAULT_CPU_MACHINE,
    DEFAULT_REGION,
    MACHINE_TYPES,
    Hardware,
    check,
    choose,
    is_pod,
)
from caliban_domain.ports import Images, Platform
from caliban_domain.repositories import Repository, check_project
from caliban_domain.vertex_hardware import ENDING, REGIONS, RESERVED


def _table(what: str, names: Sequence[str]) -> str:
    """A paragraph of the help: what there is, and all of it."""
    return fill(
        ", ".join(names),
        width=98,
        initial_indent=f"  {what:15}",
        subsequent_indent=" " * 17,
        break_on_hyphens=False,
    )


MANUAL: Final = Manual(
    command="cloud",
    summary="Submit a script, or a sweep of it, to Vertex AI, which runs it on Google's machines.",
    runs_script=True,
    examples=f"""\
  caliban cloud --nogpu train.py -- --learning_rate 0.01
  caliban cloud --experiment_config experiment.json --xgroup my-xgroup train.py
  caliban cloud --gpu_spec 2xV100 --machine_type n1-standard-16 --spot train.py
  caliban cloud --experiment_config experiment.json --dry_run train.py
      prints what would be submitted

what there is:
{_table("GPUs", GPUS)}
{_table("TPUs", TPUS)}
{_table("regions", REGIONS)}
{_table("machine types", MACHINE_TYPES)}

exit codes:
  0 all jobs were submitted, 2 bad usage, 3 nothing to do, 4 the image can't be built,
  5 Google said no, 6 the history can't be used, 7 a canary failed,
  130 interrupted
""",
)

REGION_VARIABLE: Final = "REGION"
_DEFAULT_RATE: Final = 60
_SMALLEST_DISK, _LARGEST_DISK = 100, 64000
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NETWORK: Final = re.compile(r"projects/\d+/global/networks/[a-z][a-z0-9-]*")


def _service_account(text: str) -> str:
    """For ``value(kind=...)``."""
    if not _EMAIL.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the email of a service account, as gcloud iam service-accounts list "
            "shows it"
        )
    return text


def _network(text: str) -> str:
    """For ``value(kind=...)``."""
    if not _NETWORK.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not written projects/NUMBER/global/networks/NAME; gcloud projects "
            "describe shows the number"
        )
    return text


@dataclass(frozen=True, kw_only=True)
class Args(RemoteArgs):
    project_id: str | None = value(
        "--project_id",
        about="project of Google Cloud (default: $PROJECT_ID, the project's settings, the key's)",
        metavar="PROJECT_ID",
    )
    region: str | None = value(
        "--region", about=f"where to run (default: $REGION or {DEFAULT_REGION})", metavar="REGION"
    )
    machine_type: str | None = value(
        "--machine_type",
        about=f"type of machine (default: {DEFAULT_CPU_MACHINE} with --nogpu, else one that has "
        "the GPUs)",
        metavar="MACHINE_TYPE",
    )
    spot: bool = switch(
        "--spot", about="use spare machines, which are cheaper and can be taken away at any time"
    )
    service_account: str | None = value(
        "--service_account",
        about="service account that jobs run as",
        kind=_service_account,
        metavar="EMAIL",
    )
    network: str | None = value(
        "--network",
        about="network that jobs are in: projects/NUMBER/global/networks/NAME",
        kind=_network,
        metavar="NETWORK",
    )
    timeout: float | None = value(
        "--timeout",
        about="stop a job that runs longer: 90, 30m, 12h or 2d (default: 7d)",
        kind=duration,
        metavar="TIME",
    )
    boot_disk_gb: int | None = value(
        "--boot_disk_gb",
        about=f"size of each machine's disk in GB, from {_SMALLEST_DISK} (the default)",
        kind=positive_number,
        metavar="GB",
    )
    rate: int = value(
        "--rate",
        about="submissions a minute that Google allows the project in the region "
        f"(default: {_DEFAULT_RATE})",
        kind=positive_number,
        default=_DEFAULT_RATE,
        metavar="N",
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Submit the sweep. Returns 0 if Google has every job; raises PlatformError otherwise."""
    args = parsed.args
    entrypoint, spec, request = remote_request(args, parsed.script_args, environment)
    file = export_file(args, environment)
    hardware = _hardware(args, environment, spec.mode)
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    project = remote_wiring.project_id(environment, args.project_id, credentials)
    _check_image(args, project)
    repository = repository_for(args, environment, project=project, region=hardware.region)
    settings = remote_wiring.vertex_settings(
        project=project,
        group=request.group,
        hardware=hardware,
        command=entrypoint.command,
        tracking=remote_wiring.tracking_there(environment, request.group),
        **_wishes(args, environment, spec.mode),
    )
    key = credentials.key
    with remote_wiring.vertex(environment, key, settings, per_minute=args.rate) as platform:
        if args.dry_run:
            _print_plan(request, entrypoint, platform, repository, args.rate)
            return 0
        images = _images(args, environment, repository)
        if file:
            jobs = launch(request, images=images, platform=platform, history=MemoryHistory())
            export(remote_wiring.vertex_bodies(jobs), file)
            return 0
        platform.check()
        remote_wiring.make_experiment(settings.tracking, environment)
        source = None if args.image_tag else environment.cwd
        request = replace(request, provenance=wiring.provenance(entrypoint.command, source))
        with wiring.history(environment) as history:
            jobs = launch(request, images=images, platform=platform, history=history)
            google = remote_wiring.to_vertex(platform, jobs, args.rate)
            submit_there(jobs, google, history, canary=args.canary)
    return 0


def _check_image(args: Args, project: str) -> None:
    """Raises UsageError for an image of another project."""
    if args.image_tag and not args.force:
        check_project(args.image_tag, project)


def _hardware(args: Args, environment: Environment, mode: JobMode) -> Hardware:
    """What the jobs run on. Raises UnsupportedAccelerator, unless it is forced."""
    hardware = choose(
        mode,
        region=args.region or environment.variables.get(REGION_VARIABLE) or DEFAULT_REGION,
        machine_type=args.machine_type,
        gpu=parse_gpu(args.gpu_spec, unchecked=args.force) if args.gpu_spec else None,
        tpu=parse_tpu(args.tpu_spec, unchecked=args.force) if args.tpu_spec else None,
    )
    if not args.force:
        check(hardware)
        if args.spot and hardware.tpu and is_pod(hardware.tpu, hardware.machine_type):
            raise UsageError(
                f"--spot can't be had for {hardware.tpu}, which takes several machines",
                hint="leave out --spot, or ask for a TPU of one machine",
            )
    if hardware.gpu and (end := ENDING.get(hardware.gpu.kind)):
        say(f"note: Google will shut the {hardware.gpu.kind} down {end}")
    if hardware.gpu and hardware.gpu.kind in RESERVED:
        say(
            f"note: Google gives {hardware.gpu.kind} only to those who have reserved it; its "
            "machines need --platform linux/arm64"
        )
    return hardware


def _wishes(args: Args, environment: Environment, mode: JobMode) -> dict[str, Any]:
    """What is asked of the jobs besides, in the words of their settings."""
    if args.boot_disk_gb and not _SMALLEST_DISK <= args.boot_disk_gb <= _LARGEST_DISK:
        raise UsageError(
            f"--boot_disk_gb {args.boot_disk_gb} is not a size that Vertex AI has",
            hint=f"sizes go from {_SMALLEST_DISK} to {_LARGEST_DISK}",
        )
    return {
        "chosen_labels": chosen_labels(args, environment, mode),
        "labels": labels(args.label),
        "spot": args.spot,
        "service_account": args.service_account,
        "network": args.network,
        "timeout": args.timeout,
        "boot_disk_gb": args.boot_disk_gb,
    }


def _images(args: Args, environment: Environment, repository: Repository) -> Images:
    """What makes the image, or finds it, and sees to it that Google has it."""
    if args.image_tag and args.force:
        return NoImages()
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    made = wiring.images(environment, use_cache=not args.no_cache, say=say, credentials=credentials)
    return remote_wiring.pushed_images(made, repository, environment, credentials.key, say=say)


def _print_plan(
    request: Launch, entrypoint: Entrypoint, platform: Platform, to: Repository, rate: int
) -> None:
    """Say, in the conditional, all that would happen."""
    if isinstance(request.image, str):
        print(f"would run the image {request.image}")
    else:
        print(image_plan(request.image, entrypoint))
        print(f"would push it to {to}")
    jobs = launch(request, images=NoImages(), platform=platform, history=MemoryHistory())
    place = remote_wiring.vertex_place(jobs)
    machines = remote_wiring.vertex_machines(jobs)
    print(
        f"would submit {pace(len(jobs), rate)} in {place}, xgroup {request.group}, on {machines}:"
    )
    for job in jobs:
        print(f"  {shell_line((*entrypoint.command, *job.experiment.argv))}")
