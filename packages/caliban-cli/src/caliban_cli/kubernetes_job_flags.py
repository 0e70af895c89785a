"""The flags that say what a job on a Kubernetes cluster needs and how it is run."""

from dataclasses import dataclass
from typing import Any, Final

from caliban_cli.kubernetes_flags import ClusterArgs, name, secrets, variables
from caliban_cli.options import positive_number, switch, value, values, whole_number
from caliban_cli.remote_flags import RemoteArgs
from caliban_domain.accelerators import GpuSpec, parse_gpu, parse_tpu
from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode

_DEFAULT_GPU: Final = GpuSpec(1, "L4")


@dataclass(frozen=True, kw_only=True)
class JobArgs(RemoteArgs, ClusterArgs):
    """Flags that say what is submitted, to which cluster, and what it needs there."""

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
        about="with --indexed: run so many jobs at a time (default: 1000 of each object)",
        kind=positive_number,
        metavar="N",
    )
    retries: int = value(
        "--retries",
        about="try a job that failed again, so many times (default: not at all); losing a node "
        "isn't failing",
        kind=positive_number,
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


def wishes_of(args: JobArgs, mode: JobMode) -> dict[str, Any]:
    """What is asked of the jobs, in the words of their settings. Raises UsageError."""
    if args.parallel is not None and not args.indexed:
        raise UsageError("--parallel needs --indexed", hint="a cluster starts jobs as it has room")
    return {
        "cpu": args.min_cpu,
        "memory": args.min_mem,
        "gpu": _gpu(args, mode),
        "tpu": parse_tpu(args.tpu_spec, unchecked=args.force) if args.tpu_spec else None,
        "spot": not args.nonpreemptible,
        "variables": variables(args.env),
        "secrets": secrets(args.secret_env),
        "service_account": _named("--service_account", args.service_account),
        "queue": _named("--queue", args.queue),
        "retries": args.retries,
        "ttl": args.ttl,
        "indexed": args.indexed,
        "parallel": args.parallel,
    }


def _gpu(args: JobArgs, mode: JobMode) -> GpuSpec | None:
    if args.gpu_spec:
        return parse_gpu(args.gpu_spec, unchecked=args.force)
    return _DEFAULT_GPU if mode is JobMode.GPU else None


def _named(flag: str, written: str | None) -> str | None:
    return None if written is None else name(flag, written)
