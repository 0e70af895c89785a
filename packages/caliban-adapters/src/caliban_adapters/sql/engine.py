"""Opens the database of a history, and begins its transactions."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from caliban_adapters.sql.failures import ConnectionLost, named_for, read_only_file, unusable_file
from caliban_domain.errors import UsageError

Where = Path | str
"""An SQLite file, or the URL of a database as SQLAlchemy writes it."""

LOCK_TIMEOUT: Final = 30.0
"""For how many seconds to wait while another process writes."""

_log = logging.getLogger(__name__)
PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""How long to wait before each further attempt at reaching a server that went away, in seconds."""

_CONNECT_TIMEOUT: Final = 10
_FOR_WRITING: Final = "caliban_for_writing"
_POSTGRESQL: Final = frozenset({"postgres", "postgresql", "postgresql+psycopg"})

Say = Callable[[str], None]
_T = TypeVar("_T")


class Database:
    """An open database. One transaction at a time; what it raises is HistoryUnavailable.

    ``say`` is told of a server that went away and is tried again, after ``pause``.
    """

    def __init__(
        self,
        url: URL,
        *,
        lock_timeout: float = LOCK_TIMEOUT,
        say: Say = lambda _: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.file: Final = Path(url.database or "") if _is_sqlite(url) else None
        self.place: Final = _shown(url)
        _log.debug("opening the history %s", self.place)
        self._say = say
        self._pause = pause
        self._was_reached = False
        with named_for(self.place):
            self._engine = _engine(url, lock_timeout)
        event.listen(self._engine, "connect", self._note_reached)
        self._writer = self._engine.execution_options(**{_FOR_WRITING: True})

    def outlast(self, work: Callable[[], _T]) -> _T:
        """What ``work`` returns; begun anew, for half a minute, if the server goes away meanwhile.

        A server that was never reached is given up at once. The work is one transaction or does
        no harm when it is done twice: a connection may break after a commit and before its answer.
        """
        for seconds in PAUSES:
            try:
                return work()
            except ConnectionLost as lost:
                if not self._was_reached:
                    raise
                self._say(f"{lost.message}; trying again in {seconds:g} s")
                self._pause(seconds)
        return work()

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

    def _note_reached(self, _connection: object, _record: object) -> None:
        self._was_reached = True


def open_database(where: Where, **settings: Any) -> Database:
    """The database at ``where``; an SQLite file, and its folder, is made for its owner alone.

    ``settings`` are those of ``Database``. Raises HistoryUnavailable; UsageError for a URL that
    can't be one of a history.
    """
    url = _url(where)
    if _is_sqlite(url):
        _make_file(Path(url.database or ""))
    return Database(url, **settings)


def find_database(where: Where, **settings: Any) -> Database | None:
    """The database at ``where``, or None where an SQLite file would have to be made.

    Takes and raises what ``open_database`` does.
    """
    url = _url(where)
    if _is_sqlite(url) and not _has_content(Path(url.database or "")):
        return None
    return Database(url, **settings)


def _url(where: Where) -> URL:
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        # What the library says may quote a part of the URL, and that may be of a password.
        raise UsageError(
            "the URL of the history's database can't be understood",
            hint="it looks like postgresql://user:password@host/database, "
            "with %40 for an @ and %2F for a / in the password",
        ) from None
    if _is_sqlite(url) and url.database in (None, "", ":memory:"):
        raise UsageError(
            "the URL of the history's database names no file",
            hint="an absolute path takes four slashes: sqlite:////path/to/history.db",
        )
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if not _is_sqlite(url):
        raise UsageError(
            f"a history can't be kept in {url.drivername}",
            hint="the URL of its database begins with postgresql:// or sqlite:///",
        )
    return url


def _is_sqlite(url: URL) -> bool:
    return url.drivername == "sqlite"


def _shown(url: URL) -> str:
    """The place that a URL names; its query is left out, since it may hold a password too."""
    if _is_sqlite(url):
        return str(url.database)
    return URL.create(
        url.get_backend_name(), url.username, host=url.host, port=url.port, database=url.database
    ).render_as_string()


def _engine(url: URL, lock_timeout: float) -> Engine:
    # One connection is kept, because SQLite cleans up each time that a file's last one closes.
    options: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": 1,
        "hide_parameters": True,
    }
    if not _is_sqlite(url):
        return _server_engine(url, lock_timeout, options)
    # isolation_level=None keeps Python from beginning transactions in a way of its own.
    settings = {"timeout": lock_timeout, "isolation_level": None}
    engine = create_engine(url, connect_args=settings, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _server_engine(url: URL, lock_timeout: float, options: Mapping[str, Any]) -> Engine:
    defaults = {"connect_timeout": str(_CONNECT_TIMEOUT), "application_name": "caliban"}
    chosen = url.update_query_dict({**defaults, **url.query})
    engine = create_engine(chosen, pool_pre_ping=True, **options)

    def prepare(connection: Any, _record: object) -> None:
        # Compiling a statement takes the server longer than running any of ours.
        connection.execute(f"SET lock_timeout = {round(lock_timeout * 1000)}; SET jit = off")
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


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
    # SQLite would only say so at the first record, and that is made after an image is built.
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise read_only_file(str(path))


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable_file(error, str(path)) from error
