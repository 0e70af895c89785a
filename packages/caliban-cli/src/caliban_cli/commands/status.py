"""``caliban status``: show jobs, after asking every platform how they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caliban_cli import render, wiring
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import bring_up_to_date, jobs_numbered
from caliban_cli.options import Manual, Parsed, positive_number, value, whole_number
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
  caliban status --job 12 --format json          all that is known of one job
""",
)

_DEFAULT_MAX_JOBS: Final = 50
_FOR_PEOPLE: Final = ("text", "table")


@dataclass(frozen=True, kw_only=True)
class Args:
    xgroup: str | None = value("--xgroup", about="experiment group", metavar="XGROUP")
    job: int | None = value(
        "--job", kind=positive_number, metavar="N", about="one job, by its number, whoever ran it"
    )
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
    if args.job is not None and args.xgroup is not None:
        raise UsageError("--job and --xgroup can't be combined", hint="a job is in one group")
    with wiring.existing_history(environment) as history:
        if history is not None:
            bring_up_to_date(history, environment)
        jobs = _jobs(args, history, environment)
    print(_shown(args, jobs, environment), end="")
    if not_started := sum(job.status is JobStatus.PLANNED for job in jobs):
        say(
            f"hint: {not_started} planned and not started; if the command that planned them has "
            "ended, the same command with --xgroup starts them"
        )
    return 0


def _shown(args: Args, jobs: Sequence[Job], environment: Environment) -> str:
    if args.format == "text":
        heading = _heading(args, jobs, environment)
        text = heading + render.jobs_text(jobs, str(environment.home))
    else:
        text = render.FORMATS[args.format](jobs)
    if not environment.shows_terminal or args.format not in _FOR_PEOPLE:
        return text
    from shutil import get_terminal_size

    from caliban_cli.terminal import fitted

    return fitted(text, width=get_terminal_size().columns, variables=environment.variables)


def _jobs(args: Args, history: History | None, environment: Environment) -> Sequence[Job]:
    if args.job is not None:
        return jobs_numbered([args.job], history)
    if args.xgroup is not None:
        group = group_name(args.xgroup)
        if history is None:
            raise UnknownGroup(f"there is no experiment group {group!r}: nothing was run yet")
        return history.of_group(group, user=environment.user, limit=args.max_jobs or None)
    if history is None:
        return ()
    limit = _DEFAULT_MAX_JOBS if args.max_jobs is None else args.max_jobs
    return history.recent(user=environment.user, limit=limit or None)


def _heading(args: Args, jobs: Sequence[Job], environment: Environment) -> str:
    if args.job is not None:
        return ""
    if args.xgroup is not None:
        return "" if jobs else f"no jobs of {environment.user} in xgroup {args.xgroup}\n"
    if not jobs:
        return f"no jobs yet for user {environment.user}\n"
    shown = "job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    return f"most recent {shown} for user {environment.user}:\n\n"
