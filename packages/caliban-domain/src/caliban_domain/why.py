"""Say in a sentence why jobs wait or how they ended, and what to type next."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from caliban_domain.causes import Cause, normalised
from caliban_domain.jobs import Job, JobStatus, PlatformName
from caliban_domain.memory import enough_memory

Read = Callable[[Job], Cause | None]
"""Reads the cause of a failed job from its log."""

_COMMANDS: Final = {
    PlatformName.LOCAL: "run",
    PlatformName.VERTEX: "cloud",
    PlatformName.K8S: "cluster job submit",
}
"""The command that submits to each platform."""

_MOST_NUMBERS: Final = 5


def why_job(job: Job, read: Read) -> tuple[str, str]:
    """A sentence about the job, and the next command."""
    number, group = job.number, shlex.quote(job.experiment.group)
    again = f"caliban resubmit --xgroup {group}"
    reason = job.outcome.reason or "nobody noted why"
    match job.status:
        case JobStatus.PLANNED:
            waits = "waits for its turn in the command that planned it; if that has ended, the same"
            command = _COMMANDS[job.platform]
            same = f"caliban {command} --xgroup {group} ... {shlex.quote(job.experiment.script)}"
            return f"job {number} {waits} command starts it", same
        case JobStatus.SUBMITTED:
            waits = f"waits for {job.platform} to start it{_so_far(': ', job)}"
            return f"job {number} {waits}", "caliban status"
        case JobStatus.RUNNING:
            return f"job {number} is running{_so_far(', and ', job)}", f"caliban logs -f {number}"
        case JobStatus.SUCCEEDED:
            return f"job {number} succeeded", f"caliban logs {number}"
        case JobStatus.STOPPED:
            return f"job {number} was {_stopped(reason)}", again
        case JobStatus.LOST:
            return f"job {number} was lost: {reason}", again
        case JobStatus.FAILED:
            return f"job {number} {_failure(job, read(job))}", _remedy(job, again)


def why_group(jobs: Sequence[Job], read: Read) -> tuple[list[str], str]:
    """A sentence for all jobs that ended, or wait, for the same cause; and the next command.

    The commonest comes first. ``jobs`` are the newest of their experiments, one or more.
    """
    alike: defaultdict[tuple[JobStatus, str], list[Job]] = defaultdict(list)
    causes: dict[int, Cause | None] = {}
    for job in jobs:
        if job.status is JobStatus.FAILED:
            causes[job.number] = read(job)
        alike[job.status, _key(job, causes.get(job.number))].append(job)
    common = sorted(alike.values(), key=len, reverse=True)
    sentences = [
        f"{len(same)} of {len(jobs)} {_together(same, causes)} ({_numbers(same)})"
        for same in common
    ]
    return sentences, _next(jobs, common)


def _key(job: Job, cause: Cause | None) -> str:
    reason = normalised(job.outcome.reason or "")
    return f"{reason}\n{job.outcome.exit_code}\n{cause.key if cause else ''}"


def _together(jobs: Sequence[Job], causes: Mapping[int, Cause | None]) -> str:
    job, one = jobs[0], len(jobs) == 1
    reason = job.outcome.reason or "nobody noted why"
    match job.status:
        case JobStatus.FAILED:
            cause = causes[job.number]
            is_plain = cause and cause.where and not job.outcome.reason
            return f"failed {cause}" if is_plain else _failure(job, cause)
        case JobStatus.PLANNED:
            return "waits for its turn" if one else "wait for their turn"
        case JobStatus.SUBMITTED:
            return f"{'waits' if one else 'wait'} for {job.platform}{_so_far(': ', job)}"
        case JobStatus.RUNNING:
            return f"{'is' if one else 'are'} running{_so_far(', and ', job)}"
        case JobStatus.SUCCEEDED:
            return "succeeded"
        case JobStatus.STOPPED:
            return f"{'was' if one else 'were'} {_stopped(reason)}"
        case JobStatus.LOST:
            return f"{'was' if one else 'were'} lost: {reason}"


def _stopped(reason: str) -> str:
    return reason if reason.startswith("stopped") else f"stopped: {reason}"


def _so_far(link: str, job: Job) -> str:
    """What the platform says of a job that hasn't ended, if it says anything."""
    return f"{link}{job.outcome.reason}" if job.outcome.reason else ""


def _failure(job: Job, cause: Cause | None) -> str:
    code, reason = job.outcome.exit_code, job.outcome.reason
    if code is None:
        return f"{'failed' if job.outcome.started_at else 'could not be started'}: {reason}"
    link = ", for" if job.platform is PlatformName.LOCAL else ":"
    why = f"{link} {reason}" if reason else ""
    return f"failed with exit code {code}{why}" + (f", {cause}" if cause else "")


def _remedy(job: Job, again: str) -> str:
    is_here = job.platform is PlatformName.LOCAL
    if is_here and (memory := enough_memory(job.outcome.reason)):
        return f'{again} --docker_run_args "--memory {memory}"'
    return again if job.outcome.exit_code is None else f"caliban logs {job.number}"


def _next(jobs: Sequence[Job], common: Sequence[Sequence[Job]]) -> str:
    statuses = Counter(job.status for job in jobs)
    worst = next((same[0] for same in common if same[0].status is JobStatus.FAILED), None)
    group = shlex.quote(jobs[0].experiment.group)
    if worst:
        return _remedy(worst, f"caliban resubmit --xgroup {group}")
    if statuses[JobStatus.STOPPED] or statuses[JobStatus.LOST]:
        return f"caliban resubmit --xgroup {group}"
    return f"caliban status --xgroup {group}"


def _numbers(jobs: Sequence[Job]) -> str:
    numbers = ", ".join(str(job.number) for job in jobs[:_MOST_NUMBERS])
    more = ", ..." if len(jobs) > _MOST_NUMBERS else ""
    return f"job {numbers}" if len(jobs) == 1 else f"jobs {numbers}{more}"
