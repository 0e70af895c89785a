"""``caliban resubmit``: try what didn't succeed once more, with the code as it is now."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from caliban_cli import cluster_wiring, remote_wiring, render, wiring
from caliban_cli.ask import agreed, require_somebody_to_ask
from caliban_cli.container_flags import ContainerArgs
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import bring_up_to_date, job_state, jobs_numbered, require_own
from caliban_cli.local_run import conclude, run_here
from caliban_cli.options import Manual, Parsed, positive_number, switch, value, values
from caliban_cli.project_directory import configured_key
from caliban_cli.remote_run import Destination, submit_there
from caliban_cli.say import answer, say
from caliban_cli.sweep_flags import SweepArgs, policy
from caliban_domain.errors import NothingToDo, UnknownGroup, UsageError
from caliban_domain.images import JobMode
from caliban_domain.jobs import Job, JobStatus, PlatformName
from caliban_domain.names import group_name
from caliban_domain.ports import History
from caliban_domain.resubmit import UNDONE, Renewal, renew, resubmit

MANUAL: Final = Manual(
    command="resubmit",
    summary="Run jobs of a group again that didn't succeed, with an image of the code as it is "
    "now.",
    examples="""\
  caliban resubmit --xgroup my-xgroup                 what is FAILED, STOPPED or LOST
  caliban resubmit --job 12 --job 13
  caliban resubmit --xgroup my-xgroup --state LOST --dry_run
  caliban resubmit --xgroup my-xgroup --all_jobs --yes --parallel 2
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(SweepArgs, ContainerArgs):
    xgroup: str | None = value("--xgroup", about="experiment group", metavar="XGROUP")
    job: list[int] = values(
        "--job", kind=positive_number, metavar="N", about="number of a job; repeatable"
    )
    state: list[JobStatus] = values(
        "--state",
        kind=job_state,
        metavar="STATE",
        about="only jobs in this state, such as STOPPED (default: FAILED, STOPPED and LOST); "
        "repeatable",
    )
    all_jobs: bool = switch(
        "--all_jobs", about="every experiment, not only those FAILED, STOPPED or LOST"
    )
    all_users: bool = switch("--all_users", about="also the jobs of other people")
    dry_run: bool = switch("--dry_run", about="print what would be run again, and touch nothing")
    yes: bool = switch("--yes", about="don't ask")
    no_cache: bool = switch("--no_cache", about="build every step of the image anew")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Rebuild, ask, run. Returns 0 if every job succeeded; raises JobsFailed otherwise."""
    args = parsed.args
    run_args = args.run_args
    if not (args.dry_run or args.yes):
        require_somebody_to_ask("resubmit")
    with wiring.existing_history(environment) as found:
        jobs, history = _chosen(args, found, environment)
        whose = render.whose(jobs, environment.user)
        if args.dry_run:
            _print_plan(jobs, whose, environment)
            return 0
        how = policy(args, jobs=len(jobs))
        gpus = _need_gpus([job for job in jobs if job.platform is PlatformName.LOCAL])
        credentials = wiring.credentials(environment, None, configured_key(environment))
        settings = wiring.container_settings(
            environment, (), credentials, gpus=gpus, run_args=run_args
        )
        renewals = _renewals(jobs, environment, use_cache=not args.no_cache)
        listing = render.for_people(_listing(renewals, whose=bool(whose)), environment)
        answer(f"the following jobs would be resubmitted:\n{listing}")
        if not args.yes and not agreed(f"do you wish to resubmit {_count(jobs)}{whose}?"):
            say("resubmitted nothing")
            return 0
        now = datetime.now(UTC)
        who = {"user": environment.user, "host": environment.host}
        added = resubmit(_documented(renewals), history=history, **who, now=now)
        with ExitStack() as opened:
            ways = _elsewhere(added, environment, credentials.key, now, opened)
            for there, destination in ways:
                submit_there(there, destination, history, canary=args.canary)
        here = [job for job in added if job.platform is PlatformName.LOCAL]
        if not here:
            return 0
        with wiring.local_platform(environment, settings) as platform:
            ended = run_here(here, platform=platform, history=history, policy=how)
    conclude(ended)
    return 0


def _elsewhere(
    jobs: Sequence[Job],
    environment: Environment,
    key: Path | None,
    now: datetime,
    opened: ExitStack,
) -> Iterator[tuple[Sequence[Job], Destination]]:
    """The jobs that go to other machines, with the way there, which is ``opened`` for them.

    What was enrolled ``now`` can't be there yet.
    """
    if there := [job for job in jobs if job.platform is PlatformName.VERTEX]:
        vertex = opened.enter_context(remote_wiring.vertex(environment, key))
        yield there, remote_wiring.to_vertex(vertex, there, made_at=now)
    if there := [job for job in jobs if job.platform is PlatformName.K8S]:
        clusters = opened.enter_context(cluster_wiring.kubernetes(environment))
        yield there, cluster_wiring.to_cluster(clusters, there)


def _renewals(
    jobs: Sequence[Job], environment: Environment, *, use_cache: bool
) -> Sequence[Renewal]:
    """The jobs with their images made again, and pushed for those that ran elsewhere."""
    credentials = wiring.credentials(environment, None, configured_key(environment))
    images = wiring.images(environment, use_cache=use_cache, say=say, credentials=credentials)
    here = [job for job in jobs if job.platform is PlatformName.LOCAL]
    there = [job for job in jobs if job.platform is not PlatformName.LOCAL]
    pushed = remote_wiring.renew_there(there, images, environment, credentials.key, say=say)
    return [*renew(here, images), *pushed]


def _chosen(
    args: Args, history: History | None, environment: Environment
) -> tuple[Sequence[Job], History]:
    if args.xgroup is None and not args.job:
        raise UsageError(
            "resubmit needs --xgroup or --job", hint="caliban status shows the groups of your jobs"
        )
    group = None if args.xgroup is None else group_name(args.xgroup)
    user = None if args.all_users else environment.user
    named = jobs_numbered(args.job, history)
    require_own(named, user, "resubmits")
    if history is None:
        raise UnknownGroup(f"there is no experiment group {group!r}: nothing was run yet")
    bring_up_to_date(history, environment)
    groups = [group] if group else dict.fromkeys(job.experiment.group for job in named)
    newest = [job for each in groups for job in history.of_group(each, limit=1)]
    _require_newest(named, newest)
    states = args.state or (tuple(JobStatus) if args.all_jobs else UNDONE)
    jobs = [
        job
        for job in newest
        if job.status in states
        and user in (None, job.user)
        and (not args.job or job.number in args.job)
    ]
    if not jobs:
        raise NothingToDo(
            f"no job that was asked for is {' or '.join(states)}",
            hint=None if args.all_jobs or args.state else "--all_jobs resubmits the others too",
        )
    return jobs, history


def _require_newest(named: Sequence[Job], newest: Sequence[Job]) -> None:
    """Raises UsageError for a job whose experiment somebody has tried again since."""
    last = {job.experiment.number: job.number for job in newest}
    for job in named:
        if (later := last.get(job.experiment.number, job.number)) != job.number:
            raise UsageError(
                f"job {job.number} isn't the last attempt at its experiment: job {later} is",
                hint=f"caliban resubmit --job {later}; or caliban replay {job.number}",
            )


def _print_plan(jobs: Sequence[Job], whose: str, environment: Environment) -> None:
    """Say, in the conditional, all that would happen."""
    listing = render.for_people(render.jobs_listing(jobs, whose=bool(whose)), environment)
    print(f"the following jobs would be resubmitted:\n{listing}")
    for spec in dict.fromkeys(job.experiment.spec for job in jobs if job.experiment.spec):
        print(f"would build a {spec.mode.upper()} image of {spec.project}")
    print(f"would resubmit {_count(jobs)}{whose}")


def _need_gpus(jobs: Sequence[Job]) -> bool:
    modes = {job.experiment.spec.mode for job in jobs if job.experiment.spec}
    if len(modes) > 1:
        raise UsageError("some of these jobs use GPUs and some don't; resubmit runs one kind only")
    if gpus := modes == {JobMode.GPU}:
        wiring.require_gpus()
    return gpus


def _count(jobs: Sequence[Job]) -> str:
    return "this job" if len(jobs) == 1 else f"these {len(jobs)} jobs"


def _documented(renewals: Sequence[Renewal]) -> Sequence[Renewal]:
    """The renewals with what is known now of their projects, where the last attempt knew it."""
    provenance = cache(wiring.provenance)
    return [
        replace(
            renewal,
            provenance=provenance(before.command, Path(spec.project) if spec else None),
        )
        if (before := renewal.job.provenance)
        else renewal
        for renewal in renewals
        for spec in [renewal.job.experiment.spec]
    ]


def _listing(renewals: Sequence[Renewal], *, whose: bool) -> str:
    """The jobs, each with its image and the one that the next attempt is to run."""
    lines = []
    for renewal in renewals:
        old, new = renewal.job.spec.image.short, renewal.image.short
        images = f"{new}, as before" if old == new else f"{old}, now {new}"
        listed = render.jobs_listing([renewal.job], whose=whose)
        lines.append(f"{listed}          container: {images}\n")
    return "".join(lines)
