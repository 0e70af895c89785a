"""What a command says of its progress, on stderr, and of jobs and what they write, on stdout.

Jobs don't end because somebody looks away: where a stream leads to nobody any more, what is still
to come goes nowhere.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from caliban_expansion import streams


def say(line: str) -> None:
    """Print a line at once."""
    try:
        print(line, file=sys.stderr, flush=True)
    except BrokenPipeError:
        streams.abandon(sys.stderr)


@contextmanager
def saying_after(seconds: float, line: str) -> Iterator[None]:
    """Say the line if what goes on here isn't over by then."""
    from threading import Timer

    timer = Timer(seconds, say, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def answer(line: str) -> None:
    """Print a line of what was asked for at once."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        streams.abandon(sys.stdout)


def pass_on(output: bytes) -> None:
    """Write what a job has written at once; says once if there is no room for it."""
    try:
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        streams.abandon(sys.stdout)
    except OSError as error:
        streams.abandon(sys.stdout)
        say(f"the output of jobs can't be written ({error.strerror}); caliban logs shows it")
