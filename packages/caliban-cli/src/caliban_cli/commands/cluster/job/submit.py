"""``caliban cluster job submit``: submit a script, or a sweep of it, to a Kubernetes cluster."""

import shlex
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from caliban_cli import cluster_wiring, kubernetes_flags, wiring
from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import ClusterArgs
from caliban_cli.launch_request import image_plan, launch_request, read_sweep
from caliban_cli.options import Manual, Parsed, positive_number, switch, value, values, whole_number
from caliban_cli.project_flags import read_project
from caliban_cli.remote_flags import RemoteArgs, chosen_labels, export_file, labels
from caliban_cli.remote_run import Destination, export_each, submit_there
from caliban_domain.accelerators import GpuSpec, parse_gpu, parse_tpu
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobSpec
from caliban_domain.launch import Launch, launch
from caliban_domain.names import JobName
from caliban_domain.ports import Images, Platform


class Checked(Platform, Protocol):
    """A platform that looks at a job before it is asked to run it."""

    def check(self, spec: JobSpec) -> None: ...


MANUAL: Final = Manual(
    command="cluster job submit",
    summary="Submit a script, or a sweep of it, to a Kubernetes cluster.",
    runs_script=True,
    examples="""\
  caliban cluster job submit --nogpu train.py -- --learning_rate 0.01
  caliban cluster job submit --experiment_config experiment.json --xgroup my-xgroup train.py
  caliban cluster job submit --context lab --namespace me --min_cpu 4000 --nogpu train.py
  caliban cluster job submit --indexed --experiment_config large.json --nogpu train.py
      thousands of experiments in a few objects
  caliban cluster job submit --nogpu --export my-job.yaml train.py
      writes what kubectl and caliban cluster job submit_file take

exit codes:
  0 all jobs were submitted, 2 bad usage, 3 nothing to do, 4 the image can't be built,
  5 the cluster said no, 6 the history can't be used, 130 interrupted
""",
)

_DEFAULT_GPU: Final = GpuSpec(1, "L4")
_TRIAL: Final = JobName("caliban-trial-of-submission")


@dataclass(frozen=True, kw_only=True)
class Args(RemoteArgs, ClusterArgs):
    min_cpu: str | None = value(
        "--min_cpu",
        about="CPU that a job needs, in thousandths of a CPU, or a quantity such as 1.5",
        metavar="MILLI_CPUS",
    )
    min_mem: str | None = value(
        "--min_mem",
        about="memory that a job needs, in megabytes, or a quantity such as 2Gi",
        metavar="MB",
    )
    gpu_spec: str | None = value(
        "--gpu_spec",
        about=f"number and type of GPUs (default: {_DEFAULT_GPU}, or none with --nogpu)",
        metavar="NUMxGPU_TYPE",
    )
    tpu_spec: str | None = value(
        "--tpu_spec", about="number and type of TPUs (default: none)", metavar="NUMxTPU_TYPE"
    )
    nonpreemptible: bool = switch(
        "--nonpreemptible",
        about="use nodes that stay (the default on GKE is spot nodes, which cost less)",
    )
    service_account: str | None = value(
        "--service_account", about="service account that jobs run as", metavar="NAME"
    )
    queue: str | None = value("--queue", about="queue of Kueue to wait in", metavar="QUEUE")
    indexed: bool = switch(
        "--indexed", about="put the sweep into a few objects, which thousands of experiments need"
    )
    parallel: int | None = value(
        "--parallel",
        about="with --indexed: run so many of one object's jobs at a time (default: 1000)",
        kind=positive_number,
        metavar="N",
    )
    retries: int = value(
        "--retries",
        about="try a job that failed again, so many times (default: 0); losing a node isn't "
        "failing",
        kind=whole_number,
        default=0,
        metavar="N",
    )
    ttl: int | None = value(
        "--ttl",
        about="let the cluster delete a job so many seconds after its end (default: never)",
        kind=whole_number,
        metavar="SECONDS",
    )
    env: list[str] = values(
        "--env", about="variable of every job, as NAME=VALUE; repeatable", metavar="NAME=VALUE"
    )
    secret_env: list[str] = values(
        "--secret_env",
        about="variable with the value that a Secret of the cluster has; repeatable",
        metavar="NAME=SECRET:KEY",
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Submit the sweep. Returns 0 if the cluster has every job; raises PlatformError otherwise."""
    args = parsed.args
    sweep = read_sweep(args.experiment_config)
    entrypoint, spec = read_project(args, environment)
    image = spec if args.image_tag is None else args.image_tag
    request = launch_request(args, parsed.script_args, environment, sweep=sweep, image=image)
    file = export_file(args, environment)
    wishes = _wishes(args, environment)
    offline = args.dry_run or file is not None
    where = cluster_wiring.cluster_place(
        environment, args.context, args.checked_namespace, needed=not offline
    )
    plan = cluster_wiring.plan_for(where, **wishes, group=request.group, command=entrypoint.command)
    with cluster_wiring.kubernetes(environment, plan) as platform:
        if args.dry_run:
            _print_plan(request, entrypoint, platform, where.title)
            return 0
        images = _images(args)
        if file:
            jobs = launch(request, images=images, platform=platform, history=MemoryHistory())
            bodies = cluster_wiring.bodies(jobs, placed=args.namespace is not None)
            export_each(bodies, file)
            return 0
        _check(request, platform)
        source = environment.cwd if args.image_tag is None else None
        request = replace(request, provenance=wiring.provenance(entrypoint.command, source))
        with wiring.history(environment) as history:
            jobs = launch(request, images=images, platform=platform, history=history)
            there = Destination(platform=platform, place=where.title, link=lambda _: None)
            submit_there(jobs, there, history)
    return 0


def _wishes(args: Args, environment: Environment) -> dict[str, Any]:
    """What is asked of the jobs, in the words of their settings. Raises UsageError."""
    if args.parallel is not None and not args.indexed:
        raise UsageError("--parallel needs --indexed", hint="a cluster starts jobs as it has room")
    return {
        "cpu": args.min_cpu,
        "memory": args.min_mem,
        "gpu": _gpu(args),
        "tpu": parse_tpu(args.tpu_spec) if args.tpu_spec else None,
        "spot": not args.nonpreemptible,
        "force": args.force,
        "chosen_labels": chosen_labels(args, environment),
        "labels": labels(args.label),
        "variables": kubernetes_flags.variables(args.env),
        "secrets": kubernetes_flags.secrets(args.secret_env),
        "service_account": _named("--service_account", args.service_account),
        "queue": _named("--queue", args.queue),
        "retries": args.retries,
        "ttl": args.ttl,
        "indexed": args.indexed,
        "parallel": args.parallel,
    }


def _gpu(args: Args) -> GpuSpec | None:
    if args.gpu_spec:
        if args.nogpu:
            raise UsageError("--gpu_spec and --nogpu contradict each other")
        return parse_gpu(args.gpu_spec, unchecked=args.force)
    return None if args.nogpu or args.tpu_spec else _DEFAULT_GPU


def _named(flag: str, written: str | None) -> str | None:
    return None if written is None else kubernetes_flags.name(flag, written)


def _images(args: Args) -> Images:
    if args.image_tag is None:
        raise UsageError("caliban cluster job submit needs --image_tag")
    return NoImages()


def _check(request: Launch, platform: Checked) -> None:
    """Let the cluster look at the first job before anything is built, pushed or recorded."""
    first = next(iter(request.sweep.experiments(request.script_args)))
    platform.check(platform.plan(first, ImageRef("caliban-trial"), name=_TRIAL))


def _print_plan(request: Launch, entrypoint: Entrypoint, platform: Platform, place: str) -> None:
    """Say, in the conditional, all that would happen."""
    if isinstance(request.image, str):
        print(f"would run the image {request.image}")
    else:
        print(image_plan(request.image, entrypoint))
    jobs = launch(request, images=NoImages(), platform=platform, history=MemoryHistory())
    count = "1 job" if len(jobs) == 1 else f"{len(jobs):,} jobs"
    print(f"would submit {count} to {place}, xgroup {request.group}:")
    for job in jobs:
        print(f"  {shlex.join((*entrypoint.command, *job.experiment.argv))}")
