"""What the errors of a database mean to the person whose history it is."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from caliban_domain.errors import HistoryNotWritable, HistoryUnavailable, UsageError

_READ_ONLY: Final = (
    "{place} can't be written",
    "make the file and its folder writable for you",
)
_SQLITE_FAILURES: Final = (
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        "{place} has been locked by another program for too long",
        "try again; if it stays locked, another caliban command hangs: end that one",
    ),
    (("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"), *_READ_ONLY),
    (
        ("SQLITE_CANTOPEN",),
        "{place} can't be opened",
        "make the file readable, and its folder writable, for you",
    ),
    (
        ("SQLITE_FULL",),
        "no space is left for {place}",
        "free some space on its disk; nothing of this command's last step was recorded",
    ),
    (
        ("SQLITE_NOTADB",),
        "{place} is not a database",
        "move the file away, and a new history is made in its place",
    ),
    (
        ("SQLITE_CORRUPT",),
        "{place} is damaged",
        "restore it from a copy, or move it away to begin a new history",
    ),
    (
        ("SQLITE_IOERR",),
        "the disk failed under {place}",
        "check the disk and the space that is left on it",
    ),
)

# By the beginnings of SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
_SERVER_FAILURES: Final = (
    (
        ("25006",),
        "{place} can't be written: {said}",
        "the server only lets it be read; caliban status works, if its schema is up to date",
    ),
    (
        ("42501",),
        "{place} refuses its user: {said}",
        "ask its owner for the rights to read and write its tables",
    ),
    (
        ("55P03", "40P01"),
        "{place} has been locked by another program for too long",
        "try again; if it stays locked, another caliban command hangs: end that one",
    ),
    (
        ("53100",),
        "no space is left for {place}",
        "free some space on its server; nothing of this command's last step was recorded",
    ),
)

_ONLY_READ: Final = (
    *("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH", "SQLITE_FULL"),
    *("25006", "42501", "53100"),
)
"""What keeps a history from being written, and may let it be read."""

_GONE: Final = ("08", "57P0", "53300")
"""A connection that broke, a server that goes down or comes up, one with no connection left."""

_BEFORE_THE_CAUSE: Final = re.compile(r".*\bfailed: (?:FATAL: +)?")


class ConnectionLost(HistoryUnavailable):
    """There is no server, or not any more, or not yet: the failure that is worth trying again."""


@contextmanager
def named_for(place: str) -> Iterator[None]:
    """Raise HistoryUnavailable for what a database raises inside, UsageError for broken text.

    ``place`` is the history's, as people may see it: without a password.
    """
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        lost = _is_lost(error)
        raise (_lost if lost else _unavailable)(error.orig or error, place) from error
    except DBAPIError as error:
        raise _unavailable(error.orig or error, place) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _unavailable(error, place) from error
    except UnicodeEncodeError as error:
        # Python reads names that aren't UTF-8 into halves of surrogate pairs.
        raise UsageError(
            f"the history can't keep {error.object!r}, which is not valid Unicode",
            hint="rename it, or set the locale that it was written in",
        ) from error


def unusable_file(error: OSError, place: str) -> HistoryUnavailable:
    """What to raise for a history whose file or folder the system refuses."""
    return HistoryUnavailable(
        f"the history {place} can't be used: {error.strerror or error}",
        hint="$XDG_STATE_HOME says under which folder the history lies",
    )


def read_only_file(place: str) -> HistoryNotWritable:
    """What to raise for a history that can be read and not written."""
    message, hint = _READ_ONLY
    return HistoryNotWritable(message.format(place=f"the history {place}"), hint=hint)


def _is_lost(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    # Errors of SQLite have no such attribute; where there is no connection it is None.
    state = getattr(error.orig, "sqlstate", "")
    return state is None or state.startswith(_GONE)


def _lost(error: BaseException, place: str) -> ConnectionLost:
    cause = _BEFORE_THE_CAUSE.sub("", _first_line(error))
    return ConnectionLost(
        f"the history {place} can't be reached: {cause}",
        hint="does its server run, and is the URL in $CALIBAN_DB_URL right?",
    )


def _unavailable(error: BaseException, place: str) -> HistoryUnavailable:
    name = getattr(error, "sqlite_errorname", None)
    code, failures = (name, _SQLITE_FAILURES) if name else (_state(error), _SERVER_FAILURES)
    said = _first_line(error)
    for prefixes, message, hint in failures:
        if code.startswith(prefixes):
            text = message.format(place=f"the history {place}", said=said)
            can_be_read = code.startswith(_ONLY_READ)
            return (HistoryNotWritable if can_be_read else HistoryUnavailable)(text, hint=hint)
    return HistoryUnavailable(f"the history {place} can't be used: {said}")


def _state(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
