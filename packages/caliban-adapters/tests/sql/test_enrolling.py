"""Enrolling in batches; what enrolling promises is in the contract of the history."""

import gc
import sqlite3
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.sql.engine import Database
from caliban_adapters.sql.enrolling import batches
from caliban_adapters.sql.history import SqlHistory
from caliban_domain.experiments import Experiment
from port_contracts.history import SUCCEEDED, enroll, enroll_seeds, seeded

LEAST_LIMIT = 999
"""How many values a statement may hold where SQLite was built long ago."""


@given(st.integers(0, 5_000))
def test_batches_are_everything_in_order(size: int) -> None:
    cut = list(batches(range(size)))
    assert [item for batch in cut for item in batch] == list(range(size))
    assert all(0 < len(batch) < LEAST_LIMIT for batch in cut)


def test_batches_are_cut_as_they_are_asked_for() -> None:
    assert next(batches(count()))[0] == 0


def test_no_statement_holds_more_values_than_the_oldest_sqlite_takes(database: Database) -> None:
    with database.reading() as connection:
        driver: Any = connection.connection.dbapi_connection
    driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, LEAST_LIMIT)
    history = SqlHistory(database)
    jobs = enroll_seeds(history, *range(2_500))
    assert list(enroll_seeds(history, *range(2_500))) == list(jobs)
    ended = {job.name: SUCCEEDED for job in jobs}
    assert history.record(ended) == ended
    history.settle(ended)
    assert list(history.unsettled()) == []


def test_the_collector_goes_on_however_enrolling_ends(database: Database) -> None:
    def failing() -> Iterator[Experiment]:
        assert not gc.isenabled()
        yield seeded(1)
        raise KeyError

    with pytest.raises(KeyError):
        enroll(SqlHistory(database), failing())
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(database: Database) -> None:
    gc.disable()
    try:
        enroll_seeds(SqlHistory(database), 1)
        assert not gc.isenabled()
    finally:
        gc.enable()
