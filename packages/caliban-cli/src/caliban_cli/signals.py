"""Signals that end a process: each becomes an exception, which leaves no files behind."""

import os
import signal
import stat
from contextlib import suppress
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL: Final = 128


class Interrupted(KeyboardInterrupt):
    """A person or a program asked the process to end, and to end what it started.

    Its ``args`` are what to say of it and the exit code.
    """

    def __init__(self, number: int) -> None:
        by = "" if number == signal.SIGINT else f" by {signal.Signals(number).name}"
        super().__init__(f"interrupted{by}", _BY_SIGNAL + number)


def heed() -> None:
    """From now on, the first signal raises an exception in the main thread.

    It is Interrupted, but for a terminal that closes SystemExit: nobody asked then to stop jobs,
    which go on without us. A later Ctrl-C leaves at once. Later others are not heard: a terminal
    that closes sends several. What was ignored from the start, as under nohup, stays so.
    """
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    for ending in ENDING:
        if signal.getsignal(ending) != signal.SIG_IGN:
            signal.signal(ending, _leave if ending == signal.SIGINT else _stay)
    if number == signal.SIGHUP:
        _forget_terminal()
        raise SystemExit(_BY_SIGNAL + number)
    raise Interrupted(number)


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(_BY_SIGNAL + number)


def _stay(_number: int, _frame: FrameType | None) -> None:
    """Go on with tidying up. SIG_IGN would be handed down to the programs that we start."""


def _forget_terminal() -> None:
    """Write where the terminal was to nowhere, which unlike a closed terminal doesn't fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere, stream)
