"""Flag files: words of a command line that are kept in a file, for ``--flagfile``."""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caliban_domain.documents import decode
from caliban_domain.errors import UsageError

_COMMENTS: Final = ("#", "//")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command line, with the flag files it came through and its line in the last."""

    text: str
    files: tuple[str, ...] = ()
    line: int = 0

    @property
    def place(self) -> str:
        """Where the word stands, to begin a complaint with; empty for the command line itself."""
        return f"{self.files[-1]}:{self.line}: " if self.files else ""


def read_flag_file(named: str, by: Word) -> list[Word]:
    """The words of the flag file that the word ``by`` names.

    Quotes are read as a shell reads them; empty lines, and those that begin with ``#`` or ``//``,
    say nothing. A relative path starts at the folder of the flag file that names it. Raises
    UsageError for a file that can't be read, or that leads back to itself.
    """
    folder = os.path.dirname(by.files[-1]) if by.files else ""  # noqa: PTH120  # Path drops "./"
    file = str(Path(folder) / _at_home(named))
    files = (*by.files, file)
    if os.path.realpath(file) in map(os.path.realpath, by.files):
        raise UsageError(
            f"{by.place}flag files that lead back to themselves: {' -> '.join(files)}",
            hint="take out the --flagfile that closes the circle",
        )
    data = _read(file, by)
    text = decode(data, file) if data.strip() else ""
    return [
        Word(word, files, number)
        for number, line in enumerate(text.split("\n"), start=1)
        for word in _words(line, f"{file}:{number}")
    ]


def _at_home(named: str) -> str:
    # Unlike that of pathlib, this leaves the ~ of a user whom nobody knows.
    return os.path.expanduser(named)  # noqa: PTH111


def _read(file: str, by: Word) -> bytes:
    try:
        return Path(file).read_bytes()
    except FileNotFoundError as error:
        raise UsageError(
            f"{by.place}there is no flag file {file}", hint="name a file with a flag on each line"
        ) from error
    except IsADirectoryError as error:
        raise UsageError(
            f"{by.place}{file} is a directory, not a flag file",
            hint="name a file with a flag on each line",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{by.place}the flag file {file} can't be read: {error.strerror}"
        ) from error


def _words(line: str, place: str) -> Iterator[str]:
    if line.lstrip().startswith(_COMMENTS):
        return
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(
            f"{place}: {str(error).lower()}", hint="quotes are read as a shell would read them"
        ) from error
    if "--" in words:
        raise UsageError(
            f"{place}: -- can't stand in a flag file",
            hint="arguments of the script come after -- on the command line itself",
        )
    yield from words
