"""``caliban status``: show jobs, after asking every platform how they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from caliban_cli import render, wiring
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import job_state, jobs_numbered, look_at_jobs
from caliban_cli.options import Manual, Parsed, positive_number, switch, value, values, whole_number
from caliban_cli.say import say
from caliban_domain.errors import UnknownGroup, UsageError
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.names import group_name
from caliban_domain.ports import History

MANUAL: Final = Manual(
    command="status",
    summary="Show jobs and how they are: the most recent ones, or those of an experiment group.",
    examples="""\
  caliban status                                 your most recent jobs
  caliban status --max_jobs 5
  caliban status --xgroup my-xgroup              all jobs of a group
  caliban status --xgroup my-xgroup --format json
  caliban status --xgroup my-xgroup --state FAILED --all_users
  caliban status --job 12 --format json          all that is known of one job
""",
)

_DEFAULT_MAX_JOBS: Final = 50
_FOR_PEOPLE: Final = ("text", "table")


@dataclass(frozen=True, kw_only=True)
class Args:
    xgroup: str | None = value("--xgroup", about="experiment group", metavar="XGROUP")
    job: list[int] = values(
        "--job",
        kind=positive_number,
        metavar="N",
        about="number of a job, whoever ran it; repeatable",
    )
    state: list[JobStatus] = values(
        "--state",
        kind=job_state,
        metavar="STATE",
        about=f"only jobs in this state ({', '.join(JobStatus)}); repeatable",
    )
    all_users: bool = switch("--all_users", about="also the jobs of other people")
    max_jobs: int | None = value(
        "--max_jobs",
        kind=whole_number,
        metavar="MAX_JOBS",
        about="with --xgroup: at most so many jobs of each experiment (default: all); without: "
        f"at most so many of your most recent jobs (default: {_DEFAULT_MAX_JOBS}); 0 means all",
    )
    format: str = value(
        "--format",
        choices=("text", *render.FORMATS),
        default="text",
        about="text (the default), table, json or csv",
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the jobs. Returns 0, also where there are none yet."""
    args = parsed.args
    if args.job and args.xgroup is not None:
        raise UsageError("--job and --xgroup can't be combined", hint="a job is in one group")
    with wiring.existing_history(environment) as history:
        if history is not None:
            look_at_jobs(history, environment)
        jobs = _jobs(args, history, environment)
    print(_shown(args, jobs, environment), end="")
    if not_started := sum(job.status is JobStatus.PLANNED for job in jobs):
        say(
            f"hint: {not_started} planned and not started; if the command that planned them has "
            "ended, the same command with --xgroup starts them"
        )
    return 0


def _shown(args: Args, jobs: Sequence[Job], environment: Environment) -> str:
    whose = any(job.user != environment.user for job in jobs)
    if args.format == "text":
        heading = _heading(args, jobs, environment)
        text = heading + render.jobs_text(jobs, str(environment.home), whose=whose)
    elif args.format == "table":
        text = render.jobs_table(jobs, whose=whose)
    else:
        text = render.FORMATS[args.format](jobs)
    return render.for_people(text, environment) if args.format in _FOR_PEOPLE else text


def _jobs(args: Args, history: History | None, environment: Environment) -> Sequence[Job]:
    user = None if args.all_users else environment.user
    if args.job:
        return _in(args.state, jobs_numbered(args.job, history))
    if args.xgroup is not None:
        group = group_name(args.xgroup)
        if history is None:
            raise UnknownGroup(f"there is no experiment group {group!r}: nothing was run yet")
        return _in(args.state, history.of_group(group, user=user, limit=args.max_jobs or None))
    if history is None:
        return ()
    limit = _DEFAULT_MAX_JOBS if args.max_jobs is None else args.max_jobs
    return history.recent(user=user, limit=limit or None, states=args.state)


def _in(states: Collection[JobStatus], jobs: Sequence[Job]) -> Sequence[Job]:
    return [job for job in jobs if not states or job.status in states]


def _heading(args: Args, jobs: Sequence[Job], environment: Environment) -> str:
    states = " or ".join(args.state)
    kind = f"{states} jobs" if states else "jobs"
    if args.job:
        return "" if jobs else f"none of these jobs is {states}\n"
    if args.xgroup is not None:
        of_whom = "" if args.all_users else f" of {environment.user}"
        return "" if jobs else f"no {kind}{of_whom} in xgroup {args.xgroup}\n"
    for_whom = "all users" if args.all_users else f"user {environment.user}"
    if not jobs:
        return f"no {kind}{'' if states else ' yet'} for {for_whom}\n"
    shown = kind.removesuffix("s") if len(jobs) == 1 else f"{len(jobs)} {kind}"
    return f"most recent {shown} for {for_whom}:\n\n"
