"""Jobs of this machine from their start to the last word about them."""

import os
import shlex
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from caliban_cli.job_console import on_screen
from caliban_cli.render import job_count, jobs_table
from caliban_cli.say import say
from caliban_domain.agenda import Policy
from caliban_domain.errors import JobsFailed
from caliban_domain.follow import Event, JobRetried, Stopping, follow
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.ports import History, Platform
from caliban_domain.wait import wait, watch

_INTERRUPTED: Final = 130
_SECONDS_BETWEEN_LOOKS: Final = 2
_MOST_SHOWN: Final = 20  # failed jobs


def run_here(
    jobs: Sequence[Job], *, platform: Platform, history: History, policy: Policy
) -> Sequence[Job]:
    """Run those that are PLANNED, wait for those that run already; all of them as they ended.

    In the place of a job that was tried again stands the last attempt at its experiment.
    """
    done = [job for job in jobs if job.status is JobStatus.SUCCEEDED]
    planned = [job for job in jobs if job.status is JobStatus.PLANNED]
    away = _away(jobs, platform)
    for line in _announcement(jobs, away, parallel=policy.parallel):
        say(line)
    attempts = list(jobs)
    places = {job.name: place for place, job in enumerate(jobs)}
    outcomes = {job.name: job.outcome for job in done}
    with on_screen(total=len(jobs) - len(done), prefixed=policy.parallel > 1) as show:

        def notify(event: Event) -> None:
            show(event)
            if isinstance(event, JobRetried):
                place = places[event.attempt.name] = places[event.job.name]
                attempts[place] = event.attempt
            elif isinstance(event, Stopping):
                signal.signal(signal.SIGINT, _leave_at_once)

        outcomes |= follow(
            planned, platform=platform, history=history, policy=policy, notify=notify
        )
        known = outcomes.keys() | {job.name for job in away}
        others = [job for job in attempts if job.name not in known]
        outcomes |= wait(others, platform=platform, history=history, notify=notify)
        outcomes |= watch(away, history=history, notify=notify, pause=_pause)
    return [replace(job, outcome=outcomes[job.name]) for job in attempts]


def conclude(ended: Sequence[Job]) -> None:
    """Say how they ended; raises JobsFailed where one that was started didn't succeed."""
    group = shlex.quote(ended[0].experiment.group)
    given_up = [job for job in ended if _was_given_up(job)]
    failed = [
        job for job in ended if job.status is not JobStatus.SUCCEEDED and not _was_given_up(job)
    ]
    if failed:
        say(jobs_table(failed[:_MOST_SHOWN]).rstrip())
    if len(failed) > _MOST_SHOWN:
        say(f"... and {len(failed) - _MOST_SHOWN} more")
    if given_up:
        say(f"{len(given_up)} of {job_count(len(ended))} were {given_up[0].outcome.reason}")
    if failed or given_up:
        raise JobsFailed(
            f"{len(failed)} of {job_count(len(ended))} did not succeed",
            hint=f"caliban why {group} says why; caliban status --xgroup {group} shows them",
        )
    if len(ended) > 1:
        say(f"{len(ended)} jobs succeeded; caliban status --xgroup {group} shows them")


def _was_given_up(job: Job) -> bool:
    return job.status is JobStatus.STOPPED and not job.outcome.handle


def _away(jobs: Sequence[Job], platform: Platform) -> Sequence[Job]:
    """Those that run where the platform doesn't reach."""
    going = [job for job in jobs if job.status in (JobStatus.SUBMITTED, JobStatus.RUNNING)]
    in_reach = platform.observe(going)
    return [job for job in going if job.name not in in_reach]


def _announcement(jobs: Sequence[Job], away: Sequence[Job], *, parallel: int) -> Iterator[str]:
    group = jobs[0].experiment.group
    counts = Counter(job.status for job in jobs)
    done, planned = counts[JobStatus.SUCCEEDED], counts[JobStatus.PLANNED]
    if done:
        yield (
            f"skipping {job_count(done)} of xgroup {group} that succeeded with this same image; "
            "--rerun runs them again"
        )
    if going := len(jobs) - done - planned - len(away):
        yield f"waiting for {job_count(going)} of xgroup {group} that another command started"
    for host, there in Counter(job.host for job in away).items():
        yield (
            f"waiting for {job_count(there)} of xgroup {group} on {host}; "
            "caliban status there tells the history how they are"
        )
    if planned:
        pace = f", {parallel} at a time" if planned > 1 else ""
        yield f"running {job_count(planned)} in xgroup {group}{pace}"


def _pause() -> None:
    time.sleep(_SECONDS_BETWEEN_LOOKS)


def _leave_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)
