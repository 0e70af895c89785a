"""``caliban why``: a sentence on why a job, or a group, is as it is."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import jobs_numbered, look_at_jobs
from caliban_cli.options import Manual, Parsed, switch, value
from caliban_domain.causes import Cause, cause_of, ending
from caliban_domain.errors import NothingToDo, PlatformError, UnknownGroup
from caliban_domain.jobs import Job
from caliban_domain.names import group_name
from caliban_domain.ports import History, Platform
from caliban_domain.why import Read, why_group, why_job

MANUAL: Final = Manual(
    command="why",
    summary="Say in a sentence why a job waits or how it ended, and what to type next.",
    examples="""\
  caliban why 12                    one job
  caliban why my-xgroup             a group: the same failures are counted together
""",
)


@dataclass(frozen=True, kw_only=True)
class Args:
    subject: str = value("subject", about="number of a job, or name of an experiment group")
    all_users: bool = switch("--all_users", about="of a group, also the jobs of other people")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the sentences, then the next command. Returns 0."""
    args = parsed.args
    user = None if args.all_users else environment.user
    with wiring.existing_history(environment) as history:
        if history:
            look_at_jobs(history, environment)
        with wiring.platforms(environment) as platform_named:

            def read(job: Job) -> Cause | None:
                return _cause(job, platform_named(job.platform))

            for line in _answer(args.subject, history, user, read):
                print(line)
    return 0


def _answer(subject: str, history: History | None, user: str | None, read: Read) -> Sequence[str]:
    if subject.isdecimal() and not _is_only_a_group(subject, history):
        (job,) = jobs_numbered([int(subject)], history)
        sentence, command = why_job(job, read)
        return [sentence, f"next: {command}"]
    group = group_name(subject)
    if history is None:
        raise UnknownGroup(f"there is no experiment group {group!r}: nothing was run yet")
    jobs = history.of_group(group, user=user, limit=1)
    if not jobs:
        raise NothingToDo(
            f"xgroup {group} holds no jobs of {user}", hint="--all_users tells of all jobs"
        )
    sentences, command = why_group(jobs, read)
    return [*sentences, f"next: {command}"]


def _is_only_a_group(number: str, history: History | None) -> bool:
    """Whether no job has the number, and a group is called so."""
    if history is None or history.numbered([int(number)]):
        return False
    with suppress(UnknownGroup):
        return bool(history.of_group(group_name(number)))
    return False


def _cause(job: Job, platform: Platform) -> Cause | None:
    """What the end of a log tells; None if the log isn't to be had, here or at all."""
    try:
        end = ending(platform.logs(job, follow=False))
    except PlatformError:
        return None
    return cause_of(end.decode(errors="replace"))
