"""Jobs as text: the layout that people read, and the formats that programs read."""

import json
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from caliban_cli.environment import Environment
from caliban_cli.shell_words import shell_line
from caliban_cli.table import columns
from caliban_domain.images import ImageSpec
from caliban_domain.jobs import EnrolledExperiment, Job

JSON_VERSION: Final = 1
"""The version of the JSON form; it goes up when a field changes its meaning or goes away."""


def whose(jobs: Iterable[Job], user: str) -> str:
    """`` (2 of mei, 1 of totoro)``; nothing if all of them are the user's own."""
    owners = Counter(job.user for job in jobs)
    if not owners.keys() - {user}:
        return ""
    counts = ", ".join(f"{count} of {name}" for name, count in sorted(owners.items()))
    return f" ({counts})"


def jobs_text(jobs: Sequence[Job], home: str, *, whose: bool = False) -> str:
    """Jobs under their experiments, image specs and groups, indented; with ``whose`` they are."""
    paragraphs = []
    for group, of_group in groupby(jobs, key=lambda job: job.experiment.group):
        lines = [f"xgroup {group}:\n"]
        for _, of_spec in groupby(of_group, key=lambda job: job.experiment.spec_number):
            lines += (f"{line}\n" for line in _spec_lines(tuple(of_spec), home, whose=whose))
        paragraphs.append("".join(lines))
    return "\n".join(paragraphs)


def jobs_listing(jobs: Sequence[Job], *, whose: bool = False) -> str:
    """Jobs under their experiments alone, as a question lists them; with ``whose`` they are."""
    lines = []
    for _, of_experiment in groupby(jobs, key=lambda job: job.experiment.number):
        attempts = tuple(of_experiment)
        job_lines = (_job_line(job, whose=whose) for job in attempts)
        lines += [experiment_line(attempts[0].experiment), *job_lines]
    return "".join(f"{line}\n" for line in lines)


def jobs_table(jobs: Sequence[Job], *, whose: bool = False) -> str:
    """Jobs as aligned columns; with ``whose`` they are."""
    header = ("JOB", "STATUS", "EXIT", "PLATFORM", "CREATED", "GROUP", "EXPERIMENT")
    user = ("USER",) if whose else ()
    rows = [
        (
            str(job.number),
            job.status,
            _exit_code(job),
            job.platform,
            *((job.user,) if whose else ()),
            local_time(job.created_at),
            job.experiment.group,
            experiment_line(job.experiment),
        )
        for job in jobs
    ]
    return columns((*header[:4], *user, *header[4:]), rows)


def jobs_json(jobs: Sequence[Job]) -> str:
    """``{"version": 1, "jobs": [...]}``, one object for each job, times in UTC."""
    document = {"version": JSON_VERSION, "jobs": [_record(job) for job in jobs]}
    return json.dumps(document, indent=2) + "\n"


def jobs_csv(jobs: Sequence[Job]) -> str:
    """A header and a row for each job, with the same fields as the JSON."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=_RECORD_FIELDS, lineterminator="\n")
    writer.writeheader()
    for job in jobs:
        record = _record(job)
        words = {name: shlex.join(record[name] or ()) for name in ("args", "argv")}
        writer.writerow(record | words)
    return out.getvalue()


def job_count(number: int) -> str:
    """``1 job``, or ``1,000 jobs``."""
    return "1 job" if number == 1 else f"{number:,} jobs"


def for_people(text: str, environment: Environment) -> str:
    """Text as it fits the terminal, if it is printed there."""
    if not environment.shows_terminal:
        return text
    from shutil import get_terminal_size

    from caliban_cli.terminal import fitted

    return fitted(text, width=get_terminal_size().columns, variables=environment.variables)


def experiment_line(experiment: EnrolledExperiment) -> str:
    """The script and its arguments, quoted for a shell."""
    return shell_line((experiment.script, *experiment.argv))


def local_time(moment: datetime) -> str:
    """A moment on this machine's clock, to the second, with the zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


FORMATS: Final[Mapping[str, Callable[[Sequence[Job]], str]]] = {
    "table": jobs_table,
    "json": jobs_json,
    "csv": jobs_csv,
}

_RECORD_FIELDS: Final = (
    *("job", "name", "status", "exit_code", "reason", "platform", "group", "experiment"),
    *("script", "args", "argv", "mode", "project", "image", "base_digest"),
    *("git_commit", "git_dirty", "git_diff", "caliban_version"),
    *("user", "host", "created_at", "started_at", "ended_at", "handle"),
)


def _record(job: Job) -> dict[str, Any]:
    experiment, outcome, provenance = job.experiment, job.outcome, job.provenance
    spec = experiment.spec
    revision = provenance and provenance.revision
    values = (
        *(job.number, job.name, job.status, outcome.exit_code, outcome.reason),
        *(job.platform, experiment.group, experiment.number, experiment.script),
        *(list(experiment.argv), provenance and [*provenance.command, *experiment.argv]),
        *(spec and spec.mode, spec and spec.project, job.spec.image.reference),
        provenance and provenance.base_digest,
        *(revision and revision.commit, revision and revision.dirty, revision and revision.diff),
        *(provenance and provenance.version, job.user, job.host, _utc(job.created_at)),
        *(_utc(outcome.started_at), _utc(outcome.ended_at), outcome.handle),
    )
    return dict(zip(_RECORD_FIELDS, values, strict=True))


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _spec_lines(jobs: Sequence[Job], home: str, *, whose: bool) -> Iterable[str]:
    first = jobs[0].experiment
    yield f"  docker config {first.spec_number}: {_spec_line(first.spec, home)}"
    for _, attempts in groupby(jobs, key=lambda job: job.experiment.number):
        of_experiment = tuple(attempts)
        experiment = of_experiment[0].experiment
        yield f"    experiment id {experiment.number}: {experiment_line(experiment)}"
        yield from (_job_line(job, whose=whose) for job in of_experiment)


def _spec_line(spec: ImageSpec | None, home: str) -> str:
    if spec is None:
        return "a given image, not built by caliban"
    project = spec.project
    if project == home or project.startswith(f"{home}/"):
        project = f"~{project.removeprefix(home)}"
    extra_dirs = ", ".join(spec.extra_dirs) or "None"
    return f"job_mode: {spec.mode.upper()}, build url: {project}, extra dirs: {extra_dirs}"


def _job_line(job: Job, *, whose: bool) -> str:
    user = f" user: {job.user}" if whose else ""
    end = f" ({job.outcome.reason or f'exit code {job.outcome.exit_code}'})"
    return (
        f"      job {job.number:<8} {job.status:<10} {job.platform:>7} "
        f"{local_time(job.created_at)} container: {job.spec.image.short} name: {job.name}{user}"
        + (end if job.outcome.reason or job.outcome.exit_code else "")
    )


def _exit_code(job: Job) -> str:
    code = job.outcome.exit_code
    return "" if code is None else str(code)
