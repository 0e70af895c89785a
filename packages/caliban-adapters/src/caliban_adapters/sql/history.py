"""The history in a database: what was launched, and what came of it."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select, update

from caliban_adapters.sql import enrolling
from caliban_adapters.sql.engine import Database, Say, Where, find_database, open_database
from caliban_adapters.sql.enrolling import batches
from caliban_adapters.sql.rows import (
    GOING,
    UNSETTLED,
    WHOLE_JOBS,
    experiments,
    groups,
    jobs,
    jobs_of,
    outcome_of,
    outcome_row,
)
from caliban_adapters.sql.schema import is_empty, prepare
from caliban_domain.errors import UnknownGroup
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import Job, JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Enrolment, Planner

_log = logging.getLogger(__name__)
_ADVANCE: Final = update(jobs).where(jobs.c.name == bindparam("job_name"))

_P = ParamSpec("_P")
_T = TypeVar("_T")


def open_history(where: Where, say: Say = lambda _: None) -> "SqlHistory":
    """The history at ``where``, made or brought up to date if need be.

    ``say`` is told of a server that went away for a while. Raises HistoryUnavailable; UsageError
    for a URL that can't be one of a history.
    """
    with ExitStack() as on_failure:
        database = open_database(where, say=say)
        on_failure.callback(database.close)
        prepare(database)
        on_failure.pop_all()
        return SqlHistory(database)


def existing_history(where: Where, say: Say = lambda _: None) -> "SqlHistory | None":
    """The history at ``where``, or None, with nothing touched, where none was made so far.

    Takes and raises what ``open_history`` does.
    """
    with ExitStack() as on_failure:
        database = find_database(where, say=say)
        if database is None:
            return None
        on_failure.callback(database.close)
        if is_empty(database):
            return None
        prepare(database)
        on_failure.pop_all()
        return SqlHistory(database)


def _outlasting(
    method: Callable[Concatenate["SqlHistory", _P], _T],
) -> Callable[Concatenate["SqlHistory", _P], _T]:
    """The method, which begins anew when the server goes away: once done or twice is the same."""

    @wraps(method)
    def outlasting(self: "SqlHistory", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._database.outlast(lambda: method(self, *args, **kwargs))

    return outlasting


class SqlHistory:
    """A history in a prepared database; ``ports.History`` says what its methods promise.

    Each of them is one transaction. For one thread, which leaves it with ``close`` or ``with``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def enroll(
        self, enrolment: Enrolment, experiments: Iterable[Experiment], plan: Planner
    ) -> Sequence[Job]:
        # A server may go away in the middle, and then all of them are needed again.
        points = experiments if self._database.file else tuple(experiments)

        def work() -> Sequence[Job]:
            with self._database.writing() as connection:
                return enrolling.enroll(connection, enrolment, points, plan)

        enrolled = self._database.outlast(work)
        _log.debug("enrolled %d jobs", len(enrolled))
        return enrolled

    @_outlasting
    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        """As the port says. Raises KeyError for an unknown name, and then records nothing."""
        if not outcomes:
            return {}
        with self._database.writing() as connection:
            before = _locked_outcomes(connection, outcomes)
            after = {name: before[name].advanced_to(seen) for name, seen in outcomes.items()}
            changes = [
                {"job_name": name, **outcome_row(outcome)}
                for name, outcome in after.items()
                if outcome != before[name]
            ]
            if changes:
                connection.execute(_ADVANCE, changes)
        return after

    @_outlasting
    def is_planned(self, name: JobName, /) -> bool:
        """As the port says. Raises KeyError for an unknown name."""
        with self._database.reading() as connection:
            status = connection.scalar(select(jobs.c.status).where(jobs.c.name == name))
        if status is None:
            raise KeyError(name)
        return JobStatus(status) is JobStatus.PLANNED

    def settle(self, names: Iterable[JobName], /) -> None:
        self._settle(tuple(names))

    @_outlasting
    def _settle(self, names: Sequence[JobName]) -> None:
        with self._database.writing() as connection:
            for batch in batches(names):
                named = jobs.c.name.in_(batch)
                going = connection.scalar(select(jobs.c.name).where(named, GOING).limit(1))
                if going is not None:
                    raise ValueError(f"{going} has not ended")
                connection.execute(update(jobs).where(named).values(settled=True))

    @_outlasting
    def unsettled(
        self,
        *,
        platform: PlatformName | None = None,
        host: str | None = None,
        group: GroupName | None = None,
    ) -> Sequence[Job]:
        selection = WHOLE_JOBS.where(UNSETTLED).order_by(jobs.c.id)
        if platform is not None:
            selection = selection.where(jobs.c.platform == platform.value)
        if host is not None:
            is_elsewhere = jobs.c.platform != PlatformName.LOCAL.value
            selection = selection.where(or_(jobs.c.host == host, is_elsewhere))
        if group is not None:
            selection = selection.where(groups.c.name == group)
        return self._found(selection)

    def numbered(self, numbers: Iterable[int], /) -> Sequence[Job]:
        return self._numbered(sorted(set(numbers)))

    @_outlasting
    def _numbered(self, numbers: Sequence[int]) -> list[Job]:
        found: list[Job] = []
        for batch in batches(numbers):
            found += self._found(WHOLE_JOBS.where(jobs.c.id.in_(batch)).order_by(jobs.c.id))
        return found

    @_outlasting
    def recent(
        self,
        *,
        user: str | None = None,
        limit: int | None = None,
        states: Collection[JobStatus] = (),
    ) -> Sequence[Job]:
        selection = WHOLE_JOBS.order_by(jobs.c.id.desc()).limit(limit)
        are_few = states and not any(state.is_terminal for state in states)
        if states:
            selection = selection.where(jobs.c.status.in_([state.value for state in states]))
        if are_few:
            selection = selection.where(UNSETTLED)  # which has an index
        if user is not None:
            selection = selection.where(_is_of(user) if are_few else jobs.c.user == user)
        return self._found(selection)[::-1]

    @_outlasting
    def of_group(
        self, group: GroupName, /, *, user: str | None = None, limit: int | None = None
    ) -> Sequence[Job]:
        """As the port says; the error's hint names the groups that are called alike."""
        with self._database.reading() as connection:
            group_id = connection.scalar(select(groups.c.id).where(groups.c.name == group))
            if group_id is None:
                raise _unknown_group(group, connection.scalars(select(groups.c.name)).all())
        return self._found(_of_group(group_id, user, limit))

    def _found(self, selection: Select[Any]) -> list[Job]:
        with self._database.reading() as connection:
            return jobs_of(connection.execute(selection).mappings())


def _locked_outcomes(connection: Connection, names: Iterable[JobName]) -> dict[JobName, Outcome]:
    """The outcomes of jobs that nobody else changes until this transaction ends."""
    found = {}
    for batch in batches(names):
        # Always locked in the same order, so that two processes never wait for each other.
        named = select(jobs).where(jobs.c.name.in_(batch)).order_by(jobs.c.id).with_for_update()
        for row in connection.execute(named).mappings():
            found[JobName(row["name"])] = outcome_of(row)
    return found


def _of_group(group_id: int, user: str | None, limit: int | None) -> Select[Any]:
    age = func.row_number().over(partition_by=jobs.c.experiment_id, order_by=jobs.c.id.desc())
    aged = select(jobs.c.id, age.label("age")).join(experiments)
    aged = aged.where(experiments.c.group_id == group_id)
    if user is not None:
        aged = aged.where(_is_of(user))
    chosen = aged.subquery()
    selection = WHOLE_JOBS.join(chosen, chosen.c.id == jobs.c.id)
    if limit is not None:
        selection = selection.where(chosen.c.age <= limit)
    return selection.order_by(jobs.c.experiment_id, jobs.c.id)


def _is_of(user: str) -> ColumnElement[bool]:
    """Not for the index of users, which SQLite prefers and where somebody may have most jobs."""
    return func.coalesce(jobs.c.user, "") == user


def _unknown_group(group: GroupName, known: Sequence[str]) -> UnknownGroup:
    near = get_close_matches(group, known)
    return UnknownGroup(
        f"there is no experiment group {group!r}",
        hint=f"did you mean {' or '.join(near)}?" if near else None,
    )
