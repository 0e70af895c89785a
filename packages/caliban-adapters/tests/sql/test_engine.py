"""Opening databases: for their owner alone, safely beside other processes, or with a clear line."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from caliban_adapters.sql.engine import Database, Where, find_database, open_database
from caliban_domain.errors import HistoryUnavailable, UsageError

Alone = Callable[..., str]


@contextmanager
def opened(where: Where, *, lock_timeout: float = 0) -> Iterator[Database]:
    database = open_database(where, lock_timeout=lock_timeout)
    try:
        yield database
    finally:
        database.close()


def pragma(database: Database, name: str) -> object:
    with database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


# Files


def test_a_new_file_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with opened(state / "caliban/history.db") as database, database.writing() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode")
        connection.exec_driver_sql("CREATE TABLE acorns (id INTEGER)")
        assert {mode(path) for path in (state / "caliban").iterdir()} == {"0o600"}
    assert mode(state / "caliban") == "0o700"


def test_what_exists_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    file.touch()
    tmp_path.chmod(0o755)
    file.chmod(0o640)
    with opened(file):
        assert (mode(tmp_path), mode(file)) == ("0o755", "0o640")


def test_a_path_may_hold_what_means_something_in_a_url(tmp_path: Path) -> None:
    file = tmp_path / "50% off?mode=ro#1 été.db"
    with opened(file) as database, database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE acorns (id INTEGER)")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_url_names_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "new/history.db"
    with opened(f"sqlite:///{file}") as database:
        assert (database.file, database.place) == (file, str(file))
        assert mode(file) == "0o600"


def test_finding_no_database_makes_none(tmp_path: Path) -> None:
    assert find_database(tmp_path / "state/history.db") is None
    assert find_database(f"sqlite:///{tmp_path}/state/history.db") is None
    assert list(tmp_path.iterdir()) == []


def test_finding_a_database_opens_it(file: Path) -> None:
    found = find_database(file)
    assert found is not None
    assert pragma(found, "journal_mode") == "wal"
    found.close()


# Transactions


def test_every_connection_is_set_up(database: Database) -> None:
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "foreign_keys") == 1
    assert pragma(database, "synchronous") == 1
    assert pragma(database, "busy_timeout") == 30_000


def test_a_failure_undoes_what_was_written(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE acorns (id INTEGER)")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert "acorns" not in tables(database)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE acorns (id INTEGER)")
    assert "acorns" in tables(database)


def tables(database: Database) -> set[str]:
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        return set(rows.scalars())


def test_others_read_while_one_writes(file: Path) -> None:
    with opened(file) as one, opened(file) as other, one.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE acorns (id INTEGER)")
        assert "acorns" not in tables(other)


def test_a_lock_that_lasts_too_long_is_told_and_can_be_waited_out(file: Path) -> None:
    with opened(file) as one, opened(file) as other:
        with one.writing(), pytest.raises(HistoryUnavailable) as caught, other.writing():
            pass
        assert caught.value.message == (
            f"the history {file} has been locked by another program for too long"
        )
        assert "try again" in str(caught.value.hint)
        with other.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE acorns (id INTEGER)")
        assert "acorns" in tables(one)


# Refusals

OPENED = """
import sys
from pathlib import Path
from caliban_adapters.sql.history import existing_history, open_history
from caliban_domain.errors import HistoryUnavailable
try:
    if history := existing_history(Path(sys.argv[1])):
        print(len(history.recent()))
        history.close()
    with open_history(Path(sys.argv[1])):
        print("opened")
except HistoryUnavailable as error:
    print(error.message, error.hint, sep="; ")
"""


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, alone: Alone) -> None:
    tmp_path.chmod(0o500)
    assert alone(OPENED, tmp_path / "caliban/history.db") == (
        f"the history {tmp_path}/caliban/history.db can't be used: Permission denied; "
        "$XDG_STATE_HOME says under which folder the history lies\n"
    )
    tmp_path.chmod(0o700)


def test_a_file_that_cannot_be_written_can_be_read_and_no_more(file: Path, alone: Alone) -> None:
    file.chmod(0o400)
    assert alone(OPENED, file) == (
        f"0\nthe history {file} can't be written; make the file and its folder writable for you\n"
    )


def test_a_file_in_a_folder_that_cannot_be_written_is_not_opened(file: Path, alone: Alone) -> None:
    file.parent.chmod(0o500)
    told = alone(OPENED, file)
    file.parent.chmod(0o700)
    assert told.startswith(f"the history {file} can't be written; make the file and its folder ")


def test_a_file_that_cannot_be_read_is_told(file: Path, alone: Alone) -> None:
    file.chmod(0o000)
    assert alone(OPENED, file).startswith(f"the history {file} can't be opened; make the file")


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with (
        opened(tmp_path) as database,
        pytest.raises(HistoryUnavailable, match="can't be opened"),
        database.reading(),
    ):
        pass


@pytest.mark.parametrize("use", [open_database, find_database])
def test_a_file_in_the_place_of_the_folder_is_told(
    tmp_path: Path, use: Callable[[Path], object]
) -> None:
    (tmp_path / "caliban").touch()
    with pytest.raises(HistoryUnavailable, match=r"can't be used: (Not a directory|File exists)"):
        use(tmp_path / "caliban" / "history.db")


def test_a_full_disk_is_told_and_nothing_is_lost(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE acorns (word TEXT)")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HistoryUnavailable) as caught, database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO acorns VALUES (?)", ("x" * 100_000,))
    assert caught.value.message == f"no space is left for the history {database.file}"
    assert "free some space" in str(caught.value.hint)
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM acorns").scalar() == 0


# URLs


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3cret", "the URL of the history's database can't be understood"),
        (
            "postgresql:/totoro:s3cret@host/db",
            "the URL of the history's database can't be understood",
        ),
        (
            "postgresql://totoro:s3/cret@host:s3cret/db",
            "the URL of the history's database can't be understood",
        ),
        ("sqlite://", "the URL of the history's database names no file"),
        ("sqlite:///:memory:", "the URL of the history's database names no file"),
        (
            "+acorns://totoro:s3cret@host/db",
            "a history can't be kept in +acorns",
        ),
        (
            "mysql+mysqldb://totoro:s3cret@db.example:3306/caliban?password=s3cret",
            "a history can't be kept in mysql+mysqldb",
        ),
        (
            "postgresql+psycopg2://totoro:s3cret@db/caliban",
            "a history can't be kept in postgresql+psycopg2",
        ),
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_its_password(
    url: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for use in (open_database, find_database):
        with pytest.raises(UsageError) as caught:
            use(url)
        assert caught.value.message == message
        assert "s3cret" not in f"{caught.value.hint}{caplog.text}"


def test_closing_twice_is_fine(file: Path) -> None:
    database = open_database(file)
    database.close()
    database.close()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert list(file.parent.iterdir()) == [file]
