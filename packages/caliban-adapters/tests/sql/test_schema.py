"""Making and migrating databases, alone and together, and keeping off those of others."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from caliban_adapters.sql.engine import Database, open_database
from caliban_adapters.sql.history import SqlHistory, existing_history, open_history
from caliban_adapters.sql.rows import TABLES
from caliban_adapters.sql.schema import OURS, Schema, is_empty, prepare
from caliban_domain.errors import HistoryUnavailable
from port_contracts.history import enroll_seeds

AtOnce = Callable[..., list[str]]

NEXT_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("groups", sa.Column("colour", sa.Text()))
    op.execute("UPDATE groups SET colour = 'green'")
"""


@pytest.fixture
def newer(tmp_path: Path) -> Schema:
    """The schema of a Caliban to come."""
    migrations = tmp_path / "migrations"
    shutil.copytree(OURS.migrations, migrations)
    (migrations / "versions/0002_colours.py").write_text(NEXT_REVISION)
    return Schema(migrations=migrations, revision="0002")


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def revision(file: Path) -> object:
    return rows(file, "SELECT version_num FROM alembic_version")[0][0]


# Our own migrations


def test_our_revision_is_the_one_that_alembic_ends_at() -> None:
    config = Config()
    config.set_main_option("script_location", str(OURS.migrations))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [OURS.revision]
    chain = [step.revision for step in script.walk_revisions()]
    assert chain == [f"{number:04}" for number in range(len(chain), 0, -1)]


def test_the_migrations_make_the_tables_that_the_queries_use(database: Database) -> None:
    with database.reading() as connection:
        made = inspect(connection)
        assert set(made.get_table_names()) == {*TABLES.tables, "alembic_version"}
        for table in TABLES.tables.values():
            columns = [
                (c["name"], str(c["type"]), c["nullable"]) for c in made.get_columns(table.name)
            ]
            assert columns == [(c.name, str(c.type), c.nullable) for c in table.columns]


def test_a_history_has_an_identity_from_its_making(file: Path, tmp_path: Path) -> None:
    open_history(tmp_path / "other.db").close()
    query = "SELECT history_id FROM meta"
    (mine,), (other,) = *rows(file, query), *rows(tmp_path / "other.db", query)
    assert mine != other


# Making and migrating


def test_an_empty_database_is_empty_until_it_is_prepared(tmp_path: Path) -> None:
    database = open_database(tmp_path / "history.db")
    assert is_empty(database)
    prepare(database)
    assert not is_empty(database)
    database.close()


def test_a_prepared_database_is_left_alone(file: Path) -> None:
    before = file.read_bytes()
    open_history(file).close()
    assert file.read_bytes() == before


def test_an_older_history_is_copied_and_then_migrated(file: Path, newer: Schema) -> None:
    with open_history(file) as history:
        jobs = enroll_seeds(history, 1, 2)
    database = open_database(file)
    prepare(database, newer)
    assert list(SqlHistory(database).recent()) == list(jobs)
    database.close()
    assert rows(file, "SELECT colour FROM groups") == [("green",)]

    copy = file.with_name("history.db.backup-0001")
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    with open_history(copy) as history:
        assert list(history.recent()) == list(jobs)


def test_a_migrated_history_is_not_copied_again(file: Path, newer: Schema) -> None:
    for _ in range(2):
        database = open_database(file)
        prepare(database, newer)
        database.close()
        copies = [path.name for path in file.parent.glob("history.db.*")]
        assert copies == ["history.db.backup-0001"]
        file.with_name("history.db.backup-0001").write_text("mine")


MIGRATED = """
import sys
from pathlib import Path
from caliban_adapters.sql.engine import open_database
from caliban_adapters.sql.schema import Schema, prepare
print("ready", flush=True)
input()
database = open_database(Path(sys.argv[1]))
prepare(database, Schema(migrations=Path(sys.argv[2]), revision="0002"))
database.close()
"""


def test_processes_that_migrate_together_do_it_once(
    file: Path, newer: Schema, at_once: AtOnce
) -> None:
    at_once(MIGRATED, *[(file, newer.migrations)] * 6)
    assert revision(file) == "0002"
    assert revision(file.with_name("history.db.backup-0001")) == "0001"


def test_a_migration_that_fails_changes_nothing(file: Path, newer: Schema) -> None:
    broken = NEXT_REVISION + '    op.execute("SELECT acorns")\n'
    (newer.migrations / "versions/0002_colours.py").write_text(broken)
    with open_history(file) as history:
        jobs = enroll_seeds(history, 1)
    database = open_database(file)
    with pytest.raises(HistoryUnavailable, match="no such column: acorns"):
        prepare(database, newer)
    database.close()
    assert revision(file) == "0001"
    with open_history(file) as history:
        assert list(history.recent()) == list(jobs)


def test_a_copy_that_cannot_be_made_stops_the_migration(file: Path, newer: Schema) -> None:
    file.with_name("history.db.backup-0001").mkdir()
    database = open_database(file)
    with pytest.raises(HistoryUnavailable, match="can't be used: Is a directory"):
        prepare(database, newer)
    database.close()
    assert revision(file) == "0001"


# What isn't ours to change


def test_the_history_of_a_newer_caliban_is_refused(file: Path, newer: Schema) -> None:
    database = open_database(file)
    prepare(database, newer)
    database.close()
    before = file.read_bytes()
    for use in (open_history, existing_history):
        with pytest.raises(HistoryUnavailable) as caught:
            use(file)
        assert caught.value.message == (
            f"the history {file} was written by a newer Caliban: "
            "its schema is 0002, this Caliban knows 0001"
        )
        assert caught.value.hint == "upgrade Caliban"
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE acorns (id INTEGER)",
        (
            "CREATE TABLE alembic_version (version_num TEXT);"
            "INSERT INTO alembic_version VALUES ('0001')"
        ),
        "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE meta (id INTEGER)",
        (
            "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE meta (id INTEGER);"
            "INSERT INTO alembic_version VALUES ('ae1027a6acf'); INSERT INTO meta VALUES (1)"
        ),
    ],
    ids=["other tables", "other migrations", "no migrations", "other revisions"],
)
def test_the_database_of_another_program_is_refused(tmp_path: Path, tables: str) -> None:
    file = tmp_path / "history.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(tables)
    before = file.read_bytes()
    for use in (open_history, existing_history):
        with pytest.raises(HistoryUnavailable) as caught:
            use(file)
        assert caught.value.message == f"the database {file} belongs to another program"
        assert "a database of its own" in str(caught.value.hint)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [b"hello\n", b"acorns, mostly\n" * 1000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(content)
    for use in (open_history, existing_history):
        with pytest.raises(HistoryUnavailable, match="is not a database"):
            use(file)
    assert file.read_bytes() == content
