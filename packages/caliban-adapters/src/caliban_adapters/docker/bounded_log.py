"""A log in a file of bounded size: how it began and how it ended, whatever came between.

::

    the first bytes | a line that says how many are left out | the last bytes
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

_PIECE: Final = 1 << 16
_MARK: Final = "\n[caliban: {} bytes are left out here]\n"
_FOUND: Final = re.compile(rb"\n\[caliban: (\d+) bytes are left out here\]\n")
_LONGEST_MARK: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How many bytes of the beginning are kept, and how many of the end if they don't meet."""

    head: int = 4 << 20
    tail: int = 12 << 20


class BoundedLog:
    """Writes a log into an empty file that is open for reading, too.

    While it grows, the file's last part is a ring that holds the newest bytes.
    """

    def __init__(self, file: BinaryIO, bounds: Bounds) -> None:
        self._file = file
        self._bounds = bounds
        self._seen = 0

    def write(self, data: bytes) -> None:
        """Add to the log. Raises OSError."""
        rest = memoryview(data)
        while rest:
            room = self._bounds.head - self._seen
            if room <= 0:
                at = -room % self._bounds.tail
                room = self._bounds.tail - at
                if not at:
                    self._file.seek(self._bounds.head)
            part, rest = rest[:room], rest[room:]
            self._file.write(part)
            self._seen += len(part)

    def finish(self) -> None:
        """Put the end into its order, and say what is missing before it. Raises OSError."""
        left_out = self._seen - self._bounds.head - self._bounds.tail
        if left_out <= 0:
            return
        begin = left_out % self._bounds.tail
        self._file.seek(self._bounds.head)
        ring = self._file.read(self._bounds.tail)
        self._file.seek(self._bounds.head)
        self._file.write(_MARK.format(left_out).encode())
        self._file.write(ring[begin:])
        self._file.write(ring[:begin])


def read_log(file: BinaryIO, bounds: Bounds, offset: int = 0) -> Iterator[bytes]:
    """A finished log from a byte of what was written on, in pieces.

    Where that byte is left out, the line that says so comes first.
    """
    file.seek(bounds.head)
    if mark := _FOUND.match(file.read(_LONGEST_MARK)):
        resumed = bounds.head + int(mark[1])
        if offset >= resumed:
            offset += len(mark[0]) - int(mark[1])
        else:
            offset = min(offset, bounds.head)
    file.seek(offset)
    while piece := file.read(_PIECE):
        yield piece
