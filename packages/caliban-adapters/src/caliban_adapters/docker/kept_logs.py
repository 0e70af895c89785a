"""The logs of ended jobs, each in a file of its own that outlives the container."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import get_ident
from typing import BinaryIO, Final

from caliban_adapters.docker.bounded_log import BoundedLog, Bounds, read_log
from caliban_domain.errors import PlatformError
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.names import JobName

_BOUNDS: Final = Bounds()
_GROWING: Final = re.compile(r"\.(\d+)-\d+")


class GrowingLog:
    """A copy of a log that is still being written; it counts as nothing until it is finished.

    Where there is no room for it, it comes to nothing: the container still has the log.
    """

    def __init__(self, target: Path, bounds: Bounds) -> None:
        self._target = target
        self._path = target.with_suffix(f".{os.getpid()}-{get_ident()}")
        self.trouble: OSError | None = None
        self._file: BinaryIO | None = None
        self._log: BoundedLog | None = None
        with self._noting_trouble():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            self._file = self._path.open("w+b")
            self._log = BoundedLog(self._file, bounds)

    def write(self, piece: bytes) -> None:
        if self._log and not self.trouble:
            with self._noting_trouble():
                self._log.write(piece)

    def finish(self) -> None:
        """Make it the job's kept log, unless there was trouble."""
        if self._log and not self.trouble:
            with self._noting_trouble():
                self._log.finish()
        self._close()
        if not self.trouble:
            with self._noting_trouble():
                self._path.replace(self._target)

    def discard(self) -> None:
        self._close()
        with suppress(OSError):
            self._path.unlink()

    def _close(self) -> None:
        if self._file:
            with self._noting_trouble():
                self._file.close()

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.trouble = self.trouble or error


class KeptLogs:
    """A directory with one file for each job, there once the job has ended, or not at all."""

    def __init__(self, directory: Path, bounds: Bounds = _BOUNDS) -> None:
        self._directory = directory
        self._bounds = bounds
        self._is_tidy = False

    def has(self, name: JobName) -> bool:
        return self._path(name).exists()

    def begin(self, name: JobName) -> GrowingLog:
        if not self._is_tidy:
            self._is_tidy = True
            self._clear_away()
        return GrowingLog(self._path(name), self._bounds)

    def keep(self, name: JobName, log: Iterable[bytes]) -> None:
        """Store a log. Raises PlatformError where there is no room or no permission."""
        copy = self.begin(name)
        try:
            for piece in log:
                copy.write(piece)
            copy.finish()
        finally:
            copy.discard()
        if copy.trouble:
            raise PlatformError(
                f"the log of {name} can't be kept in {self._directory}: {copy.trouble.strerror}",
                hint="its container stays; caliban status tries again once there is room",
            ) from copy.trouble

    def read(self, name: JobName, *, offset: int = 0) -> Iterator[bytes]:
        """A kept log from a byte of what was written on, in pieces.

        Raises PlatformError if it isn't kept.
        """
        try:
            with self._path(name).open("rb") as file:
                yield from read_log(file, self._bounds, offset)
        except FileNotFoundError as error:
            raise PlatformError(f"nothing is kept of the log of {name}") from error

    def note_stop(self, name: JobName, reason: str) -> None:
        """Note that the job is being stopped, for everybody who sees its end."""
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._stop_note(name).write_text(reason)

    def truly(self, name: JobName, seen: Outcome) -> Outcome:
        """How a job is whose container looks like this: one that was stopped looks failed.

        A script that ends well when it is told to has been stopped before its end all the same.
        """
        if seen.status not in (JobStatus.RUNNING, JobStatus.LOST):
            with suppress(FileNotFoundError):
                reason = self._stop_note(name).read_text()
                return replace(seen, status=JobStatus.STOPPED, reason=reason)
        return seen

    def forget_stop(self, name: JobName) -> None:
        with suppress(OSError):
            self._stop_note(name).unlink()

    def _clear_away(self) -> None:
        """Remove what processes were writing when they died: their containers have it all."""
        for path in self._directory.glob("*.*-*"):
            if (growing := _GROWING.fullmatch(path.suffix)) and not _lives(int(growing[1])):
                with suppress(OSError):
                    path.unlink()

    def _stop_note(self, name: JobName) -> Path:
        return self._directory / f"{name}.stopped"

    def _path(self, name: JobName) -> Path:
        return self._directory / f"{name}.log"


def _lives(process: int) -> bool:
    try:
        with suppress(PermissionError):  # it is somebody else's
            os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    return True
