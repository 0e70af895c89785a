"""What the errors of a database mean to the person whose history it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from caliban_domain.errors import HistoryUnavailable, UsageError

_SQLITE_FAILURES: Final = (
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        "{place} has been locked by another program for too long",
        "try again; if it stays locked, another caliban command hangs: end that one",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"),
        "{place} can't be written",
        "make the file and its folder writable for you",
    ),
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


@contextmanager
def named_for(place: str) -> Iterator[None]:
    """Raise HistoryUnavailable for what a database raises inside, UsageError for broken text.

    ``place`` is the history's, as people may see it: without a password.
    """
    try:
        yield
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


def _unavailable(error: BaseException, place: str) -> HistoryUnavailable:
    name = getattr(error, "sqlite_errorname", None) or ""
    for prefixes, message, hint in _SQLITE_FAILURES:
        if name.startswith(prefixes):
            return HistoryUnavailable(message.format(place=f"the history {place}"), hint=hint)
    first_line = str(error).strip().partition("\n")[0]
    return HistoryUnavailable(f"the history {place} can't be used: {first_line}")
