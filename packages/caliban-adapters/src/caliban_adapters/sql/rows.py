"""The tables of the history, and the rows that its values become.

What only the making of a table needs, such as its indexes, stands in the migrations alone.
Values of no fixed shape are JSON in ASCII, which holds any argument whatever the database's
encoding is. Times are whole microseconds since 1970 in UTC, which every database sorts alike.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    false,
    select,
)

from caliban_adapters.sql.launch_rows import provenance_of
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import EnrolledExperiment, Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import ExperimentKey, GroupName, JobName, json_of_words
from caliban_domain.provenance import Provenance

Row = Mapping[Any, Any]
"""The values of a row by the names of its columns."""

TABLES: Final = MetaData()


def _number() -> Column[int]:
    # Numbers are given out by the enrolment, which needs them before it can name its jobs.
    return Column("id", Integer, primary_key=True, autoincrement=False)


meta: Final = Table("meta", TABLES, Column("history_id", String, primary_key=True))

groups: Final = Table("groups", TABLES, _number(), Column("name", String, nullable=False))

image_specs: Final = Table(
    "image_specs",
    TABLES,
    _number(),
    Column("key", String, nullable=False),
    Column("spec", Text),
)

experiments: Final = Table(
    "experiments",
    TABLES,
    _number(),
    Column("group_id", ForeignKey(groups.c.id), nullable=False),
    Column("spec_id", ForeignKey(image_specs.c.id), nullable=False),
    Column("key", String, nullable=False),
    Column("script", Text, nullable=False),
    Column("argv", Text, nullable=False),
)

launches: Final = Table(
    "launches",
    TABLES,
    _number(),
    Column("version", String, nullable=False),
    Column("command", Text, nullable=False),
    Column("base_digest", Text),
    Column("git_commit", String),
    Column("git_dirty", Boolean),
    Column("git_diff", String),
)

jobs: Final = Table(
    "jobs",
    TABLES,
    _number(),
    Column("experiment_id", ForeignKey(experiments.c.id), nullable=False),
    Column("name", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("status", String, nullable=False),
    Column("user", String, nullable=False),
    Column("host", String, nullable=False),
    Column("image", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("exit_code", Integer),
    Column("ended_at", BigInteger),
    Column("handle", Text),
    Column("reason", Text),
    Column("settled", Boolean, nullable=False),
    Column("started_at", BigInteger),
    Column("launch_id", ForeignKey(launches.c.id)),
)

UNSETTLED: Final = jobs.c.settled.is_(false())
"""As the index of these jobs has it: another wording of the same would not find the index."""

GOING: Final = jobs.c.status.in_(status.value for status in JobStatus if not status.is_terminal)

LAUNCHED: Final = tuple(column for column in launches.c if column is not launches.c.id)
"""What ``provenance_of`` reads."""

WHOLE_JOBS: Final[Select[Any]] = (
    select(
        jobs,
        experiments.c.spec_id,
        experiments.c.script,
        experiments.c.argv,
        groups.c.name.label("group_name"),
        image_specs.c.spec,
        *LAUNCHED,
    )
    .join_from(jobs, experiments)
    .join(groups)
    .join(image_specs)
    .outerjoin(launches)
)
"""Everything that ``jobs_of`` reads."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_SPEC: Final = ""


def spec_key(spec: ImageSpec | None) -> str:
    """The key of a spec in its table; all jobs that ran a given image share one without a spec."""
    return spec.key if spec else _NO_SPEC


def spec_row(spec: ImageSpec | None) -> Row:
    """The row of an image spec, but for its number."""
    return {"key": spec_key(spec), "spec": json.dumps(asdict(spec)) if spec else None}


def spec_of(row: Row) -> ImageSpec | None:
    """The image spec in a row."""
    if row["spec"] is None:
        return None
    fields = json.loads(row["spec"])
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return ImageSpec(**fields | lists | {"mode": JobMode(fields["mode"])})


def experiment_row(experiment: EnrolledExperiment, *, group_id: int, key: ExperimentKey) -> Row:
    """The row of an experiment."""
    return {
        "id": experiment.number,
        "group_id": group_id,
        "spec_id": experiment.spec_number,
        "key": key,
        "script": experiment.script,
        "argv": json_of_words(experiment.argv),
    }


def experiment_of(
    row: Row, *, number: int, group: GroupName, spec: ImageSpec | None
) -> EnrolledExperiment:
    """The experiment in a row."""
    return EnrolledExperiment(
        number=number,
        group=group,
        spec_number=row["spec_id"],
        spec=spec,
        script=row["script"],
        argv=tuple(json.loads(row["argv"])),
    )


def job_row(job: Job, launch_id: int | None) -> Row:
    """The row of a job that the platform still holds something of."""
    return {
        "id": job.number,
        "experiment_id": job.experiment.number,
        "name": job.name,
        "platform": job.platform.value,
        "user": job.user,
        "host": job.host,
        "image": job.spec.image.reference,
        "payload": json.dumps(job.spec.payload),
        "created_at": _microseconds(job.created_at),
        "settled": False,
        "launch_id": launch_id,
        **outcome_row(job.outcome),
    }


def alike(row: Row, job: Job) -> Row:
    """The row of a job that differs from the one in the row in its experiment and plan alone."""
    return {
        **row,
        "id": job.number,
        "experiment_id": job.experiment.number,
        "name": job.spec.name,
        "payload": json.dumps(job.spec.payload),
    }


def job_of(row: Row, experiment: EnrolledExperiment, provenance: Provenance | None) -> Job:
    """The job in a row, an attempt at the experiment, of a launch with this provenance."""
    return Job(
        number=row["id"],
        spec=JobSpec(
            name=JobName(row["name"]),
            image=ImageRef(row["image"]),
            payload=json.loads(row["payload"]),
        ),
        experiment=experiment,
        platform=PlatformName(row["platform"]),
        user=row["user"],
        host=row["host"],
        created_at=_time(row["created_at"]),
        outcome=outcome_of(row),
        provenance=provenance,
    )


def jobs_of(rows: Iterable[Row]) -> list[Job]:
    """The jobs in rows of ``WHOLE_JOBS``; attempts at one experiment share its value."""
    specs: dict[int, ImageSpec | None] = {}
    known: dict[int, EnrolledExperiment] = {}
    launched: dict[int | None, Provenance | None] = {}
    found = []
    for row in rows:
        number, spec_number = row["experiment_id"], row["spec_id"]
        if spec_number not in specs:
            specs[spec_number] = spec_of(row)
        if number not in known:
            group = GroupName(row["group_name"])
            known[number] = experiment_of(row, number=number, group=group, spec=specs[spec_number])
        if row["launch_id"] not in launched:
            launched[row["launch_id"]] = provenance_of(row)
        found.append(job_of(row, known[number], launched[row["launch_id"]]))
    return found


def outcome_row(outcome: Outcome) -> Row:
    """The part of a job's row that its platform decides."""
    return {
        "status": outcome.status.value,
        "exit_code": outcome.exit_code,
        "started_at": _microseconds_or_none(outcome.started_at),
        "ended_at": _microseconds_or_none(outcome.ended_at),
        "handle": outcome.handle,
        "reason": outcome.reason,
    }


def outcome_of(row: Row) -> Outcome:
    """The outcome in a job's row."""
    return Outcome(
        status=JobStatus(row["status"]),
        exit_code=row["exit_code"],
        started_at=_time_or_none(row["started_at"]),
        ended_at=_time_or_none(row["ended_at"]),
        handle=row["handle"],
        reason=row["reason"],
    )


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _microseconds_or_none(time: datetime | None) -> int | None:
    return None if time is None else _microseconds(time)


def _time_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _time(microseconds)
