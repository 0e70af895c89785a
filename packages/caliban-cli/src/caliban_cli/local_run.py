"""Jobs of this machine from their start to the last word about them."""

import os
import shlex
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from caliban_cli import render
from caliban_cli.job_console import JobConsole
from caliban_cli.say import say
from caliban_domain.errors import JobsFailed
from caliban_domain.follow import Event, Stopping, follow
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.ports import History, Platform
from caliban_domain.wait import wait

_INTERRUPTED: Final = 130


def run_here(
    jobs: Sequence[Job], *, platform: Platform, history: History, parallel: int
) -> Sequence[Job]:
    """Run those that are PLANNED, wait for those that run already; all of them as they ended."""
    done = [job for job in jobs if job.status is JobStatus.SUCCEEDED]
    planned = [job for job in jobs if job.status is JobStatus.PLANNED]
    for line in _announcement(jobs, done=len(done), planned=len(planned), parallel=parallel):
        say(line)
    notify = _notifier(len(jobs) - len(done), prefixed=parallel > 1)
    outcomes = {job.name: job.outcome for job in done}
    outcomes |= follow(
        planned, platform=platform, history=history, parallel=parallel, notify=notify
    )
    others = [job for job in jobs if job.name not in outcomes]
    outcomes |= wait(others, platform=platform, history=history, notify=notify)
    return [replace(job, outcome=outcomes[job.name]) for job in jobs]


def conclude(ended: Sequence[Job]) -> None:
    """Say how they ended; raises JobsFailed where one didn't succeed."""
    failed = [job for job in ended if job.status is not JobStatus.SUCCEEDED]
    group = shlex.quote(ended[0].experiment.group)
    if failed:
        say(render.jobs_table(failed).rstrip())
        raise JobsFailed(
            f"{len(failed)} of {_jobs(len(ended))} did not succeed",
            hint=f"caliban why {group} says why; caliban status --xgroup {group} shows them",
        )
    if len(ended) > 1:
        say(f"{len(ended)} jobs succeeded; caliban status --xgroup {group} shows them")


def _announcement(jobs: Sequence[Job], *, done: int, planned: int, parallel: int) -> Iterator[str]:
    group = jobs[0].experiment.group
    if done:
        yield (
            f"skipping {_jobs(done)} of xgroup {group} that succeeded with this same image; "
            "--rerun runs them again"
        )
    if going := len(jobs) - done - planned:
        yield f"waiting for {_jobs(going)} of xgroup {group} that another command started"
    if planned:
        pace = f", {parallel} at a time" if planned > 1 else ""
        yield f"running {_jobs(planned)} in xgroup {group}{pace}"


def _notifier(total: int, *, prefixed: bool) -> Callable[[Event], None]:
    console = JobConsole(total=total, prefixed=prefixed, say=say)

    def notify(event: Event) -> None:
        console.show(event)
        if isinstance(event, Stopping):
            signal.signal(signal.SIGINT, _leave_at_once)

    return notify


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _leave_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)
