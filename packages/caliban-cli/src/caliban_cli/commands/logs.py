"""``caliban logs``: what a job wrote, while it runs and after it has ended."""

import sys
from dataclasses import dataclass
from typing import Final

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.known_jobs import jobs_numbered
from caliban_cli.options import Manual, Parsed, positive_number, switch, value
from caliban_domain.errors import NothingToDo, UsageError
from caliban_domain.jobs import Job, JobStatus, PlatformName
from caliban_domain.observe import settle

MANUAL: Final = Manual(
    command="logs",
    summary="Print what a job wrote, both streams in order.",
    examples="""\
  caliban logs 12            all that job 12 has written so far
  caliban logs -f 12         the same, and go on until it ends
""",
)


@dataclass(frozen=True, kw_only=True)
class Args:
    job: int = value(
        "job", kind=positive_number, about="number of the job, as caliban status shows it"
    )
    follow: bool = switch("-f", "--follow", about="go on until the job has ended")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Write the log to stdout, byte for byte. Returns 0; an interrupt leaves the job running."""
    with (
        wiring.existing_history(environment) as history,
        wiring.platforms(environment) as platform_named,
    ):
        (job,) = jobs_numbered([parsed.args.job], history)
        _refuse_elsewhere(job, environment)
        platform = platform_named(job.platform)
        if history and job.status is JobStatus.PLANNED:
            settle([job], platform=platform, history=history)
            (job,) = history.numbered([job.number])
        _refuse_unwritten(job)
        is_silent = True
        for data in platform.logs(job, follow=parsed.args.follow):
            is_silent = False
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        if is_silent and job.status is JobStatus.SUBMITTED and not parsed.args.follow:
            raise NothingToDo(
                f"job {job.number} has written nothing so far",
                hint=f"caliban why {job.number} says what it waits for",
            )
    return 0


def _refuse_elsewhere(job: Job, environment: Environment) -> None:
    if job.platform is PlatformName.LOCAL and job.host != environment.host:
        raise UsageError(
            f"job {job.number} ran on {job.host}, which keeps its log",
            hint=f"type caliban logs {job.number} there",
        )


def _refuse_unwritten(job: Job) -> None:
    if job.status is JobStatus.PLANNED:
        raise NothingToDo(
            f"job {job.number} hasn't started, so it has written nothing",
            hint=f"caliban why {job.number} says what it waits for",
        )
    began = job.outcome.handle is not None or job.outcome.exit_code is not None
    if job.status in (JobStatus.STOPPED, JobStatus.FAILED) and not began:
        raise NothingToDo(
            f"job {job.number} never started, so it has written nothing: {job.outcome.reason}"
        )
