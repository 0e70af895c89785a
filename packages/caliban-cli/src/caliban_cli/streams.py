"""The standard streams, made fit to be used whatever a process was started with."""

import io
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Open the streams that are closed on nothing, and let none fail over a letter.

    A file opened later would otherwise take the place of a closed stream, and be written over.
    Letters that the terminal's encoding lacks are shown as escapes.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number, which is this one
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon(stream: TextIO) -> None:
    """Whoever read the stream has enough: from now on it leads nowhere, and fails no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
