"""``caliban stop``: end jobs, wherever they run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from caliban_cli import render, wiring
from caliban_cli.ask import agreed, require_somebody_to_ask
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import bring_up_to_date, job_state, jobs_numbered, require_own
from caliban_cli.options import Manual, Parsed, positive_number, switch, value, values, whole_number
from caliban_cli.say import answer, say
from caliban_domain.errors import NothingToDo, PlatformError, UnknownGroup
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.names import group_name
from caliban_domain.ports import History
from caliban_domain.stop import Stopped, stop

MANUAL: Final = Manual(
    command="stop",
    summary="Stop jobs that haven't ended, after listing them and asking.",
    examples="""\
  caliban stop --xgroup my-xgroup                what hasn't ended of a group
  caliban stop --job 12 --job 13
  caliban stop --xgroup my-xgroup --state PLANNED
  caliban stop --dry_run                         what would be stopped: all of yours
""",
)

_OPEN: Final = [status for status in JobStatus if not status.is_terminal]


@dataclass(frozen=True, kw_only=True)
class Args:
    xgroup: str | None = value("--xgroup", about="experiment group", metavar="XGROUP")
    job: list[int] = values(
        "--job", kind=positive_number, metavar="N", about="number of a job; repeatable"
    )
    state: list[JobStatus] = values(
        "--state",
        kind=partial(job_state, among=_OPEN),
        metavar="STATE",
        about=f"only jobs in this state ({', '.join(_OPEN)}); repeatable",
    )
    all_users: bool = switch("--all_users", about="also the jobs of other people")
    dry_run: bool = switch("--dry_run", about="print which jobs would be stopped, and stop none")
    yes: bool = switch("--yes", about="don't ask")
    grace: int = value(
        "--grace",
        kind=whole_number,
        default=wiring.DEFAULT_GRACE,
        metavar="SECONDS",
        about="kill a job that hasn't ended so long after it was told to "
        f"(default: {wiring.DEFAULT_GRACE})",
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """List the jobs, ask, stop them. Returns 0; raises PlatformError where some go on."""
    args = parsed.args
    if not (args.dry_run or args.yes):
        require_somebody_to_ask("stop")
    with wiring.existing_history(environment) as history:
        jobs = _chosen(args, history, environment)
        if history is None or not jobs:
            raise NothingToDo("no job that was asked for is still going")
        whose = render.whose(jobs, environment.user)
        listing = render.for_people(render.jobs_listing(jobs, whose=bool(whose)), environment)
        answer(f"the following jobs would be stopped:\n{listing}")
        if args.dry_run:
            print(f"would stop {_count(jobs)}{whose}")
            return 0
        if not args.yes and not agreed(f"do you wish to stop {_count(jobs)}{whose}?"):
            say("stopped nothing")
            return 0
        with wiring.platforms(environment, grace=args.grace) as platform_named:
            stopped = stop(
                jobs, by=environment.user, platform_named=platform_named, history=history
            )
    _conclude(stopped, whose)
    return 0


def _chosen(args: Args, history: History | None, environment: Environment) -> Sequence[Job]:
    user = None if args.all_users else environment.user
    require_own(jobs_numbered(args.job, history), user, "stops")
    if history is None:
        if args.xgroup is not None:
            raise UnknownGroup(f"there is no experiment group {args.xgroup!r}: nothing was run yet")
        return ()
    bring_up_to_date(history, environment)
    if args.xgroup is not None:
        jobs = history.of_group(group_name(args.xgroup), user=user)
    else:
        jobs = history.unsettled()
    return [
        job
        for job in jobs
        if job.status in (args.state or _OPEN)
        and user in (None, job.user)
        and (not args.job or job.number in args.job)
    ]


def _count(jobs: Sequence[Job]) -> str:
    return "this job" if len(jobs) == 1 else f"these {len(jobs)} jobs"


def _conclude(stopped: Stopped, whose: str) -> None:
    ends = Counter(job.status for job in stopped.jobs)
    say(f"stopped {ends.pop(JobStatus.STOPPED, 0)} of {len(stopped.jobs)} jobs{whose}")
    if ends:
        others = ", ".join(f"{number} {status}" for status, number in ends.items())
        say(f"the others are as they are: {others}")
    going = [job for job in stopped.jobs if not job.status.is_terminal]
    for failure in stopped.failures:
        say(f"caliban: {failure.message}")
    if going:
        where = ", ".join(sorted({f"{job.platform} of {job.host}" for job in going}))
        raise PlatformError(
            f"{len(going)} jobs couldn't be stopped from here, or not yet: {where}",
            hint="caliban status shows them; stop jobs of another machine there",
        )
