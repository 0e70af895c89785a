"""Makes the tables of a new database, and brings those that an older Caliban made up to date.

The migrations say what the tables are; ``rows`` says it again for the queries. Alembic, which
runs them, takes longer to load than most commands to run: only a database that isn't up to date
pays for it.
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from caliban_adapters.sql.engine import Database
from caliban_adapters.sql.failures import named_for, unusable_file
from caliban_domain.errors import HistoryUnavailable

_REVISION: Final = re.compile(r"\d{4}")
_FIND_REVISION: Final = "SELECT version_num FROM alembic_version, meta"
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('caliban'))"
_OUR_TABLES: Final = frozenset({"alembic_version", "meta"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """A folder of migrations, and the revision that the last of them leads to."""

    migrations: Path
    revision: str


OURS: Final = Schema(migrations=Path(__file__).parent / "migrations", revision="0002")


def prepare(database: Database, schema: Schema = OURS) -> None:
    """Make the tables, or migrate them; many processes may try at once.

    Raises HistoryUnavailable, also for the database of another program or of a newer Caliban.
    """
    if _quick_revision(database) != schema.revision:
        _catch_up(database, schema)


def is_empty(database: Database) -> bool:
    """Whether nothing was ever made in the database. Raises HistoryUnavailable."""
    if _quick_revision(database):
        return False
    with database.reading() as connection:
        return not inspect(connection).get_table_names()


def _quick_revision(database: Database) -> str | None:
    with database.reading() as connection:
        try:
            return connection.exec_driver_sql(_FIND_REVISION).scalar()
        except DBAPIError:
            # What is wrong, if anything, comes to light in the thorough look that follows.
            return None


def _catch_up(database: Database, schema: Schema) -> None:
    with database.reading() as connection:
        is_new = _revision(connection, database.place, schema) is None
    if is_new and database.file:
        _keep_log_ahead(database.file, database.place)
    with database.writing() as connection:
        if not database.file:
            connection.exec_driver_sql(_ONE_AT_A_TIME)
        revision = _revision(connection, database.place, schema)
        if revision == schema.revision:
            return  # Another process was quicker.
        if revision and database.file:
            _back_up(database.file, revision, database.place)
        _migrate(connection, schema)


def _revision(connection: Connection, place: str, schema: Schema) -> str | None:
    """The revision of a database, None for an empty one; refuses what isn't for us to change."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    is_ours = _OUR_TABLES.issubset(tables)
    found = connection.exec_driver_sql(_FIND_REVISION).scalar() if is_ours else None
    if found is None or not _REVISION.fullmatch(found):
        raise HistoryUnavailable(
            f"the database {place} belongs to another program",
            hint="give Caliban a database of its own",
        )
    if found > schema.revision:
        raise HistoryUnavailable(
            f"the history {place} was written by a newer Caliban: "
            f"its schema is {found}, this Caliban knows {schema.revision}",
            hint="upgrade Caliban",
        )
    return str(found)


def _keep_log_ahead(file: Path, place: str) -> None:
    """Let processes read while another writes, from now on."""
    with named_for(place), closing(sqlite3.connect(file)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite doesn't wait here when processes do this together: one of them succeeds.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise


def _back_up(file: Path, revision: str, place: str) -> None:
    """Copy a database that this process has locked against writers."""
    backup = file.with_name(f"{file.name}.backup-{revision}")
    unfinished = file.with_name(f"{backup.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with (
            named_for(place),
            closing(sqlite3.connect(file)) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
        unfinished.replace(backup)
    except OSError as error:
        raise unusable_file(error, place) from error


def _migrate(connection: Connection, schema: Schema) -> None:
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(schema.migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    upgrade(config, schema.revision)
