"""Jobs on their way to a platform elsewhere, until it has them."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from caliban_cli.environment import Environment
from caliban_cli.launch_request import launch_request, read_sweep
from caliban_cli.project_flags import read_project
from caliban_cli.remote_flags import RemoteArgs
from caliban_cli.render import job_count
from caliban_cli.say import answer, say
from caliban_domain.canaries import survivors
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import (
    JobsFailed,
    PlatformError,
    PlatformUnavailable,
    SubmissionRejected,
)
from caliban_domain.follow import Event, JobEnded
from caliban_domain.images import ImageSpec
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.launch import Launch
from caliban_domain.ports import History, Platform
from caliban_domain.projects import image_name
from caliban_domain.submit import Finishing, JobSubmitted, SubmissionEvent, Together, submit

_MINUTES_OF_AN_HOUR: Final = 60


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where jobs go: ``place`` in words, ``link`` the page of a job, if it has one.

    ``machines`` says in words what they run on, where that is settled.
    ``platform`` is what takes jobs, and ``watched`` what tells of them.
    ``per_minute`` is how many are submitted in a minute, None for any number; ``hurry`` ends all
    waiting.
    """

    platform: Together
    watched: Platform
    place: str
    link: Callable[[Job], str | None]
    machines: str = ""
    per_minute: int | None = None
    hurry: Callable[[], None] = lambda: None


def remote_request(
    args: RemoteArgs, script_args: tuple[str, ...], environment: Environment
) -> tuple[Entrypoint, ImageSpec, Launch]:
    """What to run, how its image is made, and all that is asked for. Raises UsageError."""
    sweep = read_sweep(args.experiment_config)
    entrypoint, spec = read_project(args, environment)
    if args.platform != environment.platform:
        spec = replace(spec, platform=args.platform)
    image = spec if args.image_tag is None else image_name(args.image_tag, "--image_tag")
    request = launch_request(args, script_args, environment, sweep=sweep, image=image)
    return entrypoint, spec, request


def submit_there(
    jobs: Sequence[Job], destination: Destination, history: History, *, canary: int = 0
) -> None:
    """Submit those that are PLANNED, and print a line for each; the ``canary`` first ones before.

    Raises SubmissionRejected, or PlatformUnavailable, with what can be done; JobsFailed for a
    canary that didn't succeed.
    """
    planned: Sequence[Job] = [job for job in jobs if job.status is JobStatus.PLANNED]
    for line in _announcement(jobs, len(planned), destination):
        say(line)
    canaries, rest = planned[:canary], planned[canary:]
    if canaries and rest:
        _submit(canaries, destination, history)
        say(f"waiting for {job_count(len(canaries))} before {job_count(len(rest))} more")
        platform = destination.watched
        planned = survivors(canaries, rest, platform=platform, history=history, notify=_tell)
        if not planned:
            group = shlex.quote(jobs[0].experiment.group)
            raise JobsFailed(
                f"a canary did not succeed: {job_count(len(rest))} not submitted",
                hint=f"caliban why {group} says why",
            )
    _submit(planned, destination, history)


def _tell(event: Event) -> None:
    if isinstance(event, JobEnded):
        say(f"job {event.job.number} {event.outcome.status}")


def _submit(planned: Sequence[Job], destination: Destination, history: History) -> None:
    group = planned[0].experiment.group if planned else ""
    done: list[Job] = []
    with _progress(len(planned)) as show:

        def notify(event: SubmissionEvent) -> None:
            match event:
                case JobSubmitted(job) if job.status is not JobStatus.STOPPED:
                    done.append(job)
                    show(_line(job, destination.link(job)), len(done))
                case Finishing(in_flight):
                    say(f"interrupted: {job_count(in_flight)} under way are heard out")
                    destination.hurry()

        try:
            submit(planned, platform=destination.platform, history=history, notify=notify)
        except (SubmissionRejected, PlatformUnavailable) as error:
            raise _told(error, group, done=len(done), asked=len(planned)) from error
    if done:
        command = f"caliban status --xgroup {shlex.quote(group)}"
        say(f"submitted {job_count(len(done))}; {command} shows how they are")


def export(bodies: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write jobs in the platform's own words: a JSON list, or a YAML document for each."""
    if file.suffix == ".json":
        _write(json.dumps(list(bodies), indent=2), file)
    else:
        import yaml

        _write(yaml.safe_dump_all(bodies, sort_keys=False), file)
    say(f"wrote {job_count(len(bodies))} to {file}, and submitted none")


def export_each(bodies: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write each job into a file of its own; several are numbered from 0."""
    import yaml

    files = [file]
    if len(bodies) > 1:
        files = [file.with_stem(f"{file.stem}_{number}") for number in range(len(bodies))]
    for path, body in zip(files, bodies, strict=True):
        in_json = path.suffix == ".json"
        _write(json.dumps(body, indent=2) if in_json else yaml.safe_dump(body), path)
    last = f" to {files[-1]}" if len(files) > 1 else ""
    say(f"wrote {job_count(len(bodies))}: {files[0]}{last}, and submitted none")


def pace(count: int, per_minute: int | None) -> str:
    """How so many submissions go: ``1,000 jobs at 60 a minute: 17 min``."""
    if per_minute is None or count <= per_minute:
        return job_count(count)
    hours, minutes = divmod(-(-count // per_minute), _MINUTES_OF_AN_HOUR)
    duration = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{job_count(count)} at {per_minute} a minute: {duration}"


def _announcement(jobs: Sequence[Job], planned: int, destination: Destination) -> Iterator[str]:
    group = jobs[0].experiment.group
    done = sum(job.status is JobStatus.SUCCEEDED for job in jobs)
    if done:
        yield (
            f"skipping {job_count(done)} of xgroup {group} that succeeded with this same image; "
            "--rerun submits them again"
        )
    if there := len(jobs) - done - planned:
        yield f"{job_count(there)} of xgroup {group} were submitted before and haven't ended"
    if planned:
        where = f"{destination.place}, xgroup {group}"
        if destination.machines:
            where += f", on {destination.machines}"
        yield f"submitting {pace(planned, destination.per_minute)} in {where}"


def _line(job: Job, link: str | None) -> str:
    number = (job.outcome.handle or job.name).rpartition("/")[2]
    parts = [f"job {job.number}", number, link, f"caliban logs -f {job.number}"]
    return "  ".join(part for part in parts if part)


def _told(
    error: SubmissionRejected | PlatformUnavailable, group: str, *, done: int, asked: int
) -> PlatformError:
    message = f"{error.message} ({done} of {job_count(asked)} submitted)"
    if isinstance(error, SubmissionRejected):
        return SubmissionRejected(message, hint=error.hint)
    return PlatformUnavailable(
        message, hint=f"the same command with --xgroup {shlex.quote(group)} goes on later"
    )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, int], None]]:
    """What prints a line once so many are done, above a bar where a person looks on."""
    if total == 1 or not sys.stderr.isatty():
        yield lambda line, _: answer(line)
        return
    from rich.console import Console
    from rich.progress import Progress
    from rich.text import Text

    console = Console(stderr=True)
    with Progress(console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("submitting", total=total)

        def show(line: str, done: int) -> None:
            if sys.stdout.isatty():
                console.print(Text(line), soft_wrap=True)
            else:
                answer(line)
            bar.update(task, completed=done)

        yield show


def _write(text: str, file: Path) -> None:
    try:
        file.write_text(f"{text.rstrip()}\n", encoding="utf-8")
    except OSError as error:
        raise PlatformError(f"{file} can't be written: {error.strerror}") from error
