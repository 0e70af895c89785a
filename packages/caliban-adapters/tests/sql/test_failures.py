"""What SQLite says, in words that help."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import ArgumentError

from caliban_adapters.sql.engine import Database
from caliban_adapters.sql.failures import named_for, unusable_file
from caliban_adapters.sql.history import SqlHistory
from caliban_domain.errors import HistoryNotWritable, HistoryUnavailable, UnknownGroup, UsageError
from port_contracts.history import ENROLMENT, enroll_one


def told(work: Callable[[sqlite3.Connection], object], file: Path) -> HistoryUnavailable:
    with (
        pytest.raises(HistoryUnavailable) as caught,
        named_for("H"),
        closing(sqlite3.connect(file, timeout=0)) as connection,
    ):
        work(connection)
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    return caught.value


def write(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE acorns (id INTEGER)")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("acorns, mostly\n" * 100)
    error = told(write, file)
    assert error.message == "the history H is not a database"
    assert "move the file away" in str(error.hint)


def test_a_damaged_database_is_told(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[200:] = b"\xff" * (len(content) - 200)
    file.write_bytes(content)
    error = told(write, file)
    assert error.message == "the history H is damaged"
    assert "restore it from a copy" in str(error.hint)


def test_a_database_that_refuses_writing_is_told(file: Path) -> None:
    def refused(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = 1")
        write(connection)

    error = told(refused, file)
    assert error.message == "the history H can't be written"
    assert isinstance(error, HistoryNotWritable)


def test_a_locked_database_is_told(file: Path) -> None:
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        error = told(write, file)
    assert error.message == "the history H has been locked by another program for too long"


def test_a_place_without_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(HistoryUnavailable, match="the history H can't be opened"), named_for("H"):
        sqlite3.connect(tmp_path / "nowhere/history.db")


def test_any_other_failure_is_told_in_its_own_first_line(file: Path) -> None:
    error = told(lambda connection: connection.execute("SELECT acorns"), file)
    assert error.message == "the history H can't be used: no such column: acorns"
    with pytest.raises(HistoryUnavailable, match=r"can't be used: first$"), named_for("H"):
        raise ArgumentError("first\nsecond")


def test_a_name_in_no_known_encoding_is_refused(database: Database) -> None:
    history = SqlHistory(database)
    with pytest.raises(UsageError, match=r"can't keep 'tr\\udcff.py', which is not valid Unicode"):
        enroll_one(
            history, replace(ENROLMENT, script=b"tr\xff.py".decode(errors="surrogateescape"))
        )
    assert list(history.recent()) == []


@pytest.mark.parametrize("error", [KeyError("x"), UnknownGroup("x"), KeyboardInterrupt()])
def test_what_no_database_said_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, named_for("H"):
        raise error
    assert caught.value is error


def test_a_system_that_refuses_is_quoted() -> None:
    error = unusable_file(PermissionError(13, "Permission denied"), "H")
    assert error.message == "the history H can't be used: Permission denied"
    assert "$XDG_STATE_HOME" in str(error.hint)
