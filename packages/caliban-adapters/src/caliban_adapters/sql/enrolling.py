"""Adds the experiments of one launch to the history, many at a time, in one transaction."""

import gc
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count, islice
from operator import itemgetter
from sys import intern
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, or_, select

from caliban_adapters.sql.launch_rows import launch_row, provenance_of
from caliban_adapters.sql.rows import (
    LAUNCHED,
    TABLES,
    Row,
    alike,
    experiment_row,
    experiments,
    groups,
    image_specs,
    job_of,
    job_row,
    jobs,
    launches,
    meta,
    spec_key,
    spec_row,
)
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import REUSABLE, EnrolledExperiment, Job, JobStatus
from caliban_domain.names import ExperimentKey, experiment_key, job_name
from caliban_domain.ports import Enrolment, Planner

_STARTED: Final = (JobStatus.RUNNING.value, JobStatus.SUBMITTED.value)
_RANKS: Final = {status.value: rank for rank, status in enumerate(REUSABLE)}
_RANK: Final = case(_RANKS, value=jobs.c.status)

# Some builds of SQLite take no more than 999 values in a statement.
_BATCH: Final = 900

_T = TypeVar("_T")


def batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    """The items, lazily, in lists that are short enough to be the values of one statement."""
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def enroll(
    connection: Connection, enrolment: Enrolment, points: Iterable[Experiment], plan: Planner
) -> list[Job]:
    """Add each point of a sweep as ``ports.History.enroll`` says, in the open transaction."""
    enrolling = _Enrolling(connection, enrolment, plan)
    added: list[Job] = []
    with _collector_paused():
        for batch in batches(points):
            added += enrolling.add(batch)
    return added


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python from searching a growing heap of jobs, which has no cycles, time and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Enrolling:
    """The state of one enrolment."""

    def __init__(self, connection: Connection, enrolment: Enrolment, plan: Planner) -> None:
        self._connection = connection
        self._enrolment = enrolment
        self._plan = plan
        # The lock makes servers enrol one launch at a time, as SQLite does anyway: the numbers
        # that follow are free until this transaction ends.
        identity = select(meta.c.history_id).with_for_update()
        self._history_id: str = connection.execute(identity).scalar_one()
        self._first_job = self._free_number(jobs)
        self._job_numbers = count(self._first_job)
        self._experiment_numbers = count(self._free_number(experiments))
        # Core makes the statements; handing rows to the driver directly takes half the time.
        dialect = connection.dialect
        self._inserts = {
            table: str(table.insert().compile(dialect=dialect)) for table in TABLES.sorted_tables
        }
        self._numbers: dict[ExperimentKey, int] = {}
        self._adopted: set[int] = set()

    def add(self, batch: Sequence[Experiment]) -> list[Job]:
        """Add a batch; its jobs, in order."""
        # A sweep of many experiments has few words: each is kept once.
        argvs = [tuple(map(intern, point.argv)) for point in batch]
        keys = [experiment_key(self._enrolment.script, argv) for argv in argvs]
        self._look_up(keys)
        known = {self._numbers[key] for key in keys if key in self._numbers}
        attempts, reusable = self._attempts(known), self._reusable(known)
        enrolled = self._enrolled(keys, argvs)
        added: list[Job] = []
        rows: list[Row] = []
        for point, key in zip(batch, keys, strict=True):
            experiment = enrolled[key]
            if left := reusable.get(experiment.number):
                row = left.popleft()
                job = job_of(row, experiment, provenance_of(row))
                self._adopted.add(job.number)
            else:
                attempt = attempts[experiment.number] = attempts.get(experiment.number, 0) + 1
                job = self._job(point, experiment, attempt)
                rows.append(alike(rows[0], job) if rows else job_row(job, self._launch_id))
            added.append(job)
        self._insert(jobs, rows)
        return added

    def _look_up(self, keys: Iterable[ExperimentKey]) -> None:
        """Learn the numbers of those experiments that the group held before this enrolment."""
        if self._may_know_some:
            known = self._siblings.where(experiments.c.key.in_(set(keys)))
            self._numbers.update((row.key, row.id) for row in self._connection.execute(known))

    @cached_property
    def _may_know_some(self) -> bool:
        return self._connection.execute(self._siblings.limit(1)).first() is not None

    @cached_property
    def _siblings(self) -> Select[tuple[str, int]]:
        return select(experiments.c.key, experiments.c.id).where(
            experiments.c.group_id == self._group_id, experiments.c.spec_id == self._spec_id
        )

    @cached_property
    def _group_id(self) -> int:
        name = self._enrolment.group
        return self._found_or_added(groups, groups.c.name == name, {"name": name})

    @cached_property
    def _spec_id(self) -> int:
        key = spec_key(self._enrolment.spec)
        return self._found_or_added(
            image_specs, image_specs.c.key == key, spec_row(self._enrolment.spec)
        )

    @cached_property
    def _launch_id(self) -> int | None:
        if self._enrolment.provenance is None:
            return None
        number = self._free_number(launches)
        self._insert(launches, [{"id": number, **launch_row(self._enrolment.provenance)}])
        return number

    def _found_or_added(self, table: Table, condition: ColumnElement[bool], row: Row) -> int:
        found: int | None = self._connection.scalar(select(table.c.id).where(condition))
        if found is not None:
            return found
        number = self._free_number(table)
        self._insert(table, [{"id": number, **row}])
        return number

    def _free_number(self, table: Table) -> int:
        last: int | None = self._connection.scalar(select(func.max(table.c.id)))
        return (last or 0) + 1

    def _attempts(self, numbers: Collection[int]) -> dict[int, int]:
        """How many jobs each of the experiments has."""
        if not numbers:
            return {}
        of = jobs.c.experiment_id
        counts = select(of, func.count()).where(of.in_(numbers)).group_by(of)
        return {row[0]: row[1] for row in self._connection.execute(counts)}

    def _reusable(self, numbers: Collection[int]) -> Mapping[int, deque[Row]]:
        """The jobs of each experiment that spare a new one, the best first."""
        reusable: defaultdict[int, deque[Row]] = defaultdict(deque)
        if numbers:
            spare = (
                select(jobs, *LAUNCHED)
                .outerjoin_from(jobs, launches)
                .where(
                    jobs.c.experiment_id.in_(numbers),
                    jobs.c.image == self._enrolment.image.reference,
                    jobs.c.id < self._first_job,
                    self._spares,
                )
            )
            for row in self._connection.execute(spare.order_by(_RANK, jobs.c.id)).mappings():
                if row["id"] not in self._adopted:
                    reusable[row["experiment_id"]].append(row)
        return reusable

    @cached_property
    def _spares(self) -> ColumnElement[bool]:
        is_there = jobs.c.platform == self._enrolment.platform.value
        is_here = and_(is_there, jobs.c.host == self._enrolment.host)
        is_left = and_(jobs.c.status == JobStatus.PLANNED.value, is_here)
        is_worth_something = or_(
            jobs.c.status == JobStatus.SUCCEEDED.value,
            and_(jobs.c.status.in_(_STARTED), is_there),
            is_left,
        )
        if not self._enrolment.rerun:
            return is_worth_something
        if self._enrolment.since is None:
            return is_left
        return or_(is_left, and_(jobs.c.id > self._enrolment.since, is_worth_something))

    def _enrolled(
        self, keys: Sequence[ExperimentKey], argvs: Sequence[tuple[str, ...]]
    ) -> Mapping[ExperimentKey, EnrolledExperiment]:
        """The experiments, with those added to the group that it didn't hold."""
        new = dict.fromkeys(key for key in keys if key not in self._numbers)
        self._numbers.update(zip(new, self._experiment_numbers, strict=False))
        enrolled = {
            key: EnrolledExperiment(
                number=self._numbers[key],
                group=self._enrolment.group,
                spec_number=self._spec_id,
                spec=self._enrolment.spec,
                script=self._enrolment.script,
                argv=argv,
            )
            for key, argv in zip(keys, argvs, strict=True)
        }
        group = self._group_id
        rows = [experiment_row(enrolled[key], group_id=group, key=key) for key in new]
        self._insert(experiments, rows)
        return enrolled

    def _job(self, point: Experiment, experiment: EnrolledExperiment, attempt: int) -> Job:
        name = job_name(self._enrolment.group, experiment.number, attempt, self._history_id)
        return self._enrolment.job(next(self._job_numbers), experiment, self._plan(point, name))

    def _insert(self, table: Table, rows: Sequence[Row]) -> None:
        if rows:
            in_order = itemgetter(*table.c.keys())
            is_positional = self._connection.dialect.positional
            values = [in_order(row) for row in rows] if is_positional else list(rows)
            self._connection.exec_driver_sql(self._inserts[table], values)
