"""Opens the database of a history, and begins its transactions."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from caliban_adapters.sql.failures import named_for, unusable_file
from caliban_domain.errors import HistoryUnavailable

Where = Path | str
"""An SQLite file, or the URL of a database as SQLAlchemy writes it."""

LOCK_TIMEOUT: Final = 30.0
"""For how many seconds to wait while another process writes."""

_log = logging.getLogger(__name__)
_FOR_WRITING: Final = "caliban_for_writing"


class Database:
    """An open database. One transaction at a time; what it raises is HistoryUnavailable."""

    def __init__(self, url: URL, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.file: Final = Path(url.database or "") if _is_sqlite(url) else None
        self.place: Final = _shown(url)
        _log.debug("opening the history %s", self.place)
        with named_for(self.place):
            self._engine = _engine(url, lock_timeout)
        self._writer = self._engine.execution_options(**{_FOR_WRITING: True})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and changes nothing."""
        with named_for(self.place), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept when it ends well, and leaves no trace when it raises.

        In SQLite it is the only one that writes, from its beginning.
        """
        with named_for(self.place), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def open_database(where: Where, *, lock_timeout: float = LOCK_TIMEOUT) -> Database:
    """The database at ``where``; an SQLite file, and its folder, is made for its owner alone.

    Raises HistoryUnavailable.
    """
    url = _url(where)
    if _is_sqlite(url):
        _make_file(Path(url.database or ""))
    return Database(url, lock_timeout=lock_timeout)


def find_database(where: Where, *, lock_timeout: float = LOCK_TIMEOUT) -> Database | None:
    """The database at ``where``, or None where an SQLite file would have to be made.

    Raises HistoryUnavailable.
    """
    url = _url(where)
    if _is_sqlite(url) and not _has_content(Path(url.database or "")):
        return None
    return Database(url, lock_timeout=lock_timeout)


def _url(where: Where) -> URL:
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        # What the library says may quote a part of the URL, and that may be of a password.
        raise HistoryUnavailable(
            "the URL of the history's database can't be understood",
            hint="it looks like postgresql+psycopg://user:password@host/database, "
            "with %40 for an @ and %2F for a / in the password",
        ) from None
    if _is_sqlite(url) and url.database in (None, "", ":memory:"):
        raise HistoryUnavailable(
            "the URL of the history's database names no file",
            hint="an absolute path takes four slashes: sqlite:////path/to/history.db",
        )
    return url


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _shown(url: URL) -> str:
    """The place that a URL names; its query is left out, since it may hold a password too."""
    if _is_sqlite(url):
        return str(url.database)
    return URL.create(
        url.drivername, url.username, host=url.host, port=url.port, database=url.database
    ).render_as_string()


def _engine(url: URL, lock_timeout: float) -> Engine:
    # One connection is kept, because SQLite cleans up each time that a file's last one closes.
    options: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": 1,
        "hide_parameters": True,
    }
    if not _is_sqlite(url):
        return _server_engine(url, options)
    # isolation_level=None keeps Python from beginning transactions in a way of its own.
    settings = {"timeout": lock_timeout, "isolation_level": None}
    engine = create_engine(url, connect_args=settings, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _server_engine(url: URL, options: Mapping[str, Any]) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, **options)
    except ModuleNotFoundError as error:
        raise HistoryUnavailable(
            f"the driver {error.name} of the history's database is not installed",
            hint=f"install {error.name} beside Caliban",
        ) from error


def _prepare(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    # A transaction that began by reading couldn't write any more once another has written.
    for_writing = connection.get_execution_options().get(_FOR_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if for_writing else "BEGIN")


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Opened only if it is new: closing a file drops every lock this process has on it.
        if not path.exists():
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise unusable_file(error, str(path)) from error


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable_file(error, str(path)) from error
