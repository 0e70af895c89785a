"""Programs, run to their end: what to start is a value, and what came of it is another."""

import logging
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from caliban_adapters.docker.engine import HOW_TO_START
from caliban_domain.errors import PlatformUnavailable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments; ``env`` is added to the environment of this process."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended, and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


def run(command: Command) -> Finished:
    """Run a command and collect what it writes. An interrupt ends it too.

    Raises PlatformUnavailable where there is no such program.
    """
    with running(command) as finish:
        return finish()


@contextmanager
def running(command: Command) -> Iterator[Callable[[], Finished]]:
    """Run a command beside the body of a ``with``, which calls what it is given to wait for it.

    The command is ended where the body doesn't wait. Raises PlatformUnavailable where there is no
    such program.
    """
    process = _started(command, stderr=subprocess.PIPE)

    def finish() -> Finished:
        stdout, stderr = process.communicate()
        _log_end(process)
        return Finished(process.returncode, stdout, stderr)

    with process, _ended(process):
        yield finish


def stream(command: Command, on_line: Callable[[str], None]) -> int:
    """Run a command, handing on each line that it writes to either stream as it comes.

    Returns the exit code. An interrupt, or whatever ``on_line`` raises, ends the command too.
    Raises PlatformUnavailable where there is no such program.
    """
    process = _started(command, stderr=subprocess.STDOUT)
    with process, _ended(process):
        for line in process.stdout or ():
            on_line(line.rstrip("\n"))
        process.wait()
    _log_end(process)
    return process.returncode


def _started(command: Command, *, stderr: int) -> "subprocess.Popen[str]":
    _log.debug("running %s", command.argv)
    try:
        with _stdin(command) as stdin:
            return subprocess.Popen(
                command.argv,
                env=os.environ | command.env,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
                errors="replace",
            )
    except (FileNotFoundError, PermissionError) as error:
        raise PlatformUnavailable(
            f"the program {command.argv[0]} can't be started: {error.strerror}", hint=HOW_TO_START
        ) from error


def _log_end(process: "subprocess.Popen[str]") -> None:
    _log.debug("process %d ended with exit code %d", process.pid, process.returncode)


@contextmanager
def _stdin(command: Command) -> Iterator[IO[bytes] | int]:
    """What the program reads: a file, which unlike a pipe can't block; else nothing.

    It never reads the terminal, which belongs to us.
    """
    if command.stdin is None:
        yield subprocess.DEVNULL
        return
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        file.write(command.stdin.encode(errors="surrogateescape"))
        file.seek(0)
        yield file


@contextmanager
def _ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Leave no program running that nobody listens to any more."""
    try:
        yield
    finally:
        process.kill()
