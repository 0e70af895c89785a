"""Making and migrating databases, alone and together, and keeping off those of others."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from caliban_adapters.sql.engine import open_database
from caliban_adapters.sql.history import SqlHistory, existing_history, open_history
from caliban_adapters.sql.rows import TABLES
from caliban_adapters.sql.schema import OURS, Schema, is_empty, prepare
from caliban_domain.errors import HistoryUnavailable
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.names import GroupName
from port_contracts.history import SUCCEEDED, enroll_seeds

AtOnce = Callable[..., list[str]]

NEXT_REVISION = f"""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{OURS.revision}"


def upgrade() -> None:
    op.add_column("groups", sa.Column("colour", sa.Text()))
    op.execute("UPDATE groups SET colour = 'green'")
"""  # noqa: S608  no words of others
NEWER = "versions/9999_colours.py"
BACKUP = f"history.db.backup-{OURS.revision}"


@pytest.fixture
def newer(tmp_path: Path) -> Schema:
    """The schema of a Caliban to come."""
    migrations = tmp_path / "migrations"
    shutil.copytree(OURS.migrations, migrations)
    (migrations / NEWER).write_text(NEXT_REVISION)
    return Schema(migrations=migrations, revision="9999")


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


def test_the_migrations_make_the_tables_that_the_queries_use(url: str) -> None:
    database = open_database(url)
    with database.reading() as connection:
        made = inspect(connection)
        assert set(made.get_table_names()) == {*TABLES.tables, "alembic_version"}
        for table in TABLES.tables.values():
            columns = [
                (c["name"], str(c["type"]), c["nullable"]) for c in made.get_columns(table.name)
            ]
            assert columns == [(c.name, str(c.type), c.nullable) for c in table.columns]
            assert len(made.get_foreign_keys(table.name)) == len(table.foreign_keys)
    database.close()


def test_a_history_has_an_identity_from_its_making(file: Path, tmp_path: Path) -> None:
    open_history(tmp_path / "other.db").close()
    query = "SELECT history_id FROM meta"
    (mine,), (other,) = *rows(file, query), *rows(tmp_path / "other.db", query)
    assert mine != other


# From every earlier schema

WRITTEN_BY: Mapping[str, Sequence[str]] = {
    "0001": (
        "INSERT INTO groups VALUES (1, 'forest')",
        "INSERT INTO image_specs VALUES (1, '', NULL)",
        """INSERT INTO experiments VALUES (1, 1, 1, 'k', 'train.py', '["--n", "1"]')""",
        """
        INSERT INTO jobs VALUES (
            1, 1, 'forest-1-abc-1', 'LOCAL', 'FAILED', 'mei', 'camphor', 'sha256:1f', '{}',
            1767323045000000, 3, 1767323046000000, 'c0ffee', 'acorns', true
        )
        """,
        """
        INSERT INTO jobs VALUES (
            2, 1, 'forest-1-abc-2', 'LOCAL', 'PLANNED', 'mei', 'camphor', 'sha256:1f', '{}',
            1767323047000000, NULL, NULL, NULL, NULL, false
        )
        """,
    ),
}
"""What a Caliban of each earlier schema may have left: a job that ended, and one that is open."""


def test_what_every_earlier_schema_left_is_known() -> None:
    assert list(WRITTEN_BY) == [f"{number:04}" for number in range(1, int(OURS.revision))]


@pytest.mark.parametrize("earlier", WRITTEN_BY)
def test_an_earlier_history_is_brought_up_to_date_with_its_data(
    empty_url: str, earlier: str
) -> None:
    database = open_database(empty_url)
    prepare(database, replace(OURS, revision=earlier))
    with database.writing() as connection:
        for statement in WRITTEN_BY[earlier]:
            connection.exec_driver_sql(statement)
    database.close()

    with open_history(empty_url) as history:
        ended, left = history.of_group(GroupName("forest"))
        assert ended.outcome == Outcome(
            status=JobStatus.FAILED,
            exit_code=3,
            ended_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
            handle="c0ffee",
            reason="acorns",
        )
        assert (ended.name, ended.experiment.argv) == ("forest-1-abc-1", ("--n", "1"))
        assert list(history.unsettled()) == [left]
        history.record({left.name: SUCCEEDED})
        (job,) = enroll_seeds(history, 1)
        assert job.number == 3
        assert list(history.recent()) == [ended, replace(left, outcome=SUCCEEDED), job]


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

    copy = file.with_name(BACKUP)
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    with open_history(copy) as history:
        assert list(history.recent()) == list(jobs)


def test_a_migrated_history_is_not_copied_again(file: Path, newer: Schema) -> None:
    for _ in range(2):
        database = open_database(file)
        prepare(database, newer)
        database.close()
        copies = [path.name for path in file.parent.glob("history.db.*")]
        assert copies == [BACKUP]
        file.with_name(BACKUP).write_text("mine")


MIGRATED = """
import sys
from pathlib import Path
from caliban_adapters.sql.engine import open_database
from caliban_adapters.sql.schema import Schema, prepare
print("ready", flush=True)
input()
database = open_database(sys.argv[1])
prepare(database, Schema(migrations=Path(sys.argv[2]), revision="9999"))
with database.reading() as connection:
    print(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all())
database.close()
"""


def test_processes_that_migrate_together_do_it_once(
    url: str, newer: Schema, at_once: AtOnce
) -> None:
    assert at_once(MIGRATED, *[(url, newer.migrations)] * 10) == ["['9999']\n"] * 10


def test_a_migration_that_fails_changes_nothing(file: Path, newer: Schema) -> None:
    broken = NEXT_REVISION + '    op.execute("SELECT acorns")\n'
    (newer.migrations / NEWER).write_text(broken)
    with open_history(file) as history:
        jobs = enroll_seeds(history, 1)
    database = open_database(file)
    with pytest.raises(HistoryUnavailable, match="no such column: acorns"):
        prepare(database, newer)
    database.close()
    assert revision(file) == OURS.revision
    with open_history(file) as history:
        assert list(history.recent()) == list(jobs)


def test_a_copy_that_cannot_be_made_stops_the_migration(file: Path, newer: Schema) -> None:
    file.with_name(BACKUP).mkdir()
    database = open_database(file)
    with pytest.raises(HistoryUnavailable, match="can't be used: Is a directory"):
        prepare(database, newer)
    database.close()
    assert revision(file) == OURS.revision


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
            f"its schema is 9999, this Caliban knows {OURS.revision}"
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
