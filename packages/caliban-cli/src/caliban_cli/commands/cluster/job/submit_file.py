"""``caliban cluster job submit_file``: submit a Job that a file describes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from caliban_cli import cluster_wiring, wiring
from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import ClusterArgs, context_of
from caliban_cli.options import Manual, Parsed, switch, value
from caliban_cli.remote_run import submit_there
from caliban_domain.dry_run import NoImages
from caliban_domain.errors import UsageError
from caliban_domain.experiments import ONE_EXPERIMENT
from caliban_domain.images import ImageRef
from caliban_domain.launch import Launch, launch
from caliban_domain.names import GroupName, JobName, default_group_name, group_name

MANUAL: Final = Manual(
    command="cluster job submit_file",
    summary="Submit a Job that a YAML or JSON file describes, and track it as any other.",
    examples="""\
  caliban cluster job submit --export my-job.yaml ...   writes such a file
  caliban cluster job submit_file my-job.yaml
  caliban cluster job submit_file --xgroup my-xgroup --context lab my-job.yaml
""",
)

_MOST: Final = 4_000_000  # bytes; parsing says what is wrong with fewer
_TRIAL: Final = JobName("caliban-trial-of-submission")


@dataclass(frozen=True, kw_only=True)
class Args(ClusterArgs):
    job_file: str = value("job_file", about="file with one Job, in YAML or JSON")
    cloud_key: str | None = value(
        "--cloud_key",
        about="service account key for Google Cloud ($GOOGLE_APPLICATION_CREDENTIALS by default)",
        metavar="FILE",
    )
    xgroup: str | None = value(
        "--xgroup",
        about="experiment group to add to (default: the name of the Job)",
        metavar="XGROUP",
    )
    dry_run: bool = switch("--dry_run", about="say what would be submitted, and touch nothing")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Submit the Job. Returns 0 once the cluster has it; raises PlatformError otherwise."""
    args = parsed.args
    written = cluster_wiring.written_job(_read(args.job_file, environment), args.job_file)
    namespace = args.checked_namespace or written.namespace
    context = context_of(args, environment, args.cloud_key)
    where = cluster_wiring.cluster_place(environment, context, namespace)
    now = datetime.now(UTC)
    group = _group(args, written.name, environment, now)
    request = Launch(
        group=group,
        sweep=ONE_EXPERIMENT,
        script=Path(args.job_file).name,
        script_args=written.arguments,
        image=written.image,
        user=environment.user,
        host=environment.host,
        now=now,
        rerun=True,
    )
    if args.dry_run:
        print(f"would submit 1 job to {where.title}, xgroup {group}: the Job of {args.job_file}")
        return 0
    plan = cluster_wiring.plan_of_written(written, where, group)
    with cluster_wiring.kubernetes(environment, plan, cloud_key=args.cloud_key) as platform:
        first = next(iter(request.sweep.experiments(request.script_args)))
        platform.check(platform.plan(first, ImageRef(written.image), name=_TRIAL))
        with wiring.history(environment) as history:
            jobs = launch(request, images=NoImages(), platform=platform, history=history)
            submit_there(jobs, cluster_wiring.to_cluster(platform, jobs), history)
    return 0


def _read(name: str, environment: Environment) -> str:
    path = environment.cwd / Path(name).expanduser()
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode()
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text, so no YAML or JSON") from error


def _group(args: Args, named: str | None, environment: Environment, now: datetime) -> GroupName:
    chosen = named if args.xgroup is None else args.xgroup
    if chosen is None:
        return default_group_name(environment.user, now.astimezone())
    return group_name(chosen)
