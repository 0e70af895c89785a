"""Why a script failed, read from the end of what it wrote."""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

ENOUGH: Final = 64 * 1024
"""Bytes at the end of a log that tell why it ends there."""

_TRACEBACK: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(
    r'\s*File "(?P<path>[^"]*)", line (?P<line>\d+)(?:, in (?P<function>.*))?'
)
_EXCEPTION: Final = re.compile(
    r"(?:\w+\.)+\w+: |[A-Z]\w*: |[\w.]*(?:Error|Exception|Exit|Interrupt)$"
)
_LIBRARY: Final = re.compile(r"(?:site|dist)-packages/|/lib/python3|^<")
_ESCAPE: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_PATH: Final = re.compile(r"(?:[\w.~+-]*[/\\])+([\w.~+-]*)")
_NUMBER: Final = re.compile(r"\d[\w.]*(?:(?<=[eE])[+-]\d[\w.]*)*")
_LONGEST: Final = 200
_LONGEST_READ: Final = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """What a script said last: a sentence of its own, and the place in its code, if it told.

    Two failures have the same ``key`` when they differ in numbers and folders at most.
    """

    what: str
    where: str | None = None
    key: str

    def __str__(self) -> str:
        return f"at {self.where}: {self.what}" if self.where else f"and wrote last: {self.what}"


def ending(log: Iterable[bytes]) -> bytes:
    """As much of the end of a log as a cause is looked for in, of pieces of any size."""
    pieces: deque[bytes] = deque()
    size = 0
    for piece in log:
        pieces.append(piece)
        size += len(piece)
        while size - len(pieces[0]) >= ENOUGH:
            size -= len(pieces.popleft())
    return b"".join(pieces)


def cause_of(log: str) -> Cause | None:
    """The cause that the end of a log tells: its last traceback, else its last line.

    None where it says nothing.
    """
    lines = [_ESCAPE.sub("", line[:_LONGEST_READ]).rstrip() for line in log.splitlines()]
    begins = [number for number, line in enumerate(lines) if line.endswith(_TRACEBACK)]
    if begins and (cause := _of_traceback(lines[begins[-1] :])):
        return cause
    last = next((shown for line in reversed(lines) if (shown := _shown(line))), None)
    return Cause(what=last, key=normalised(last)) if last else None


def normalised(text: str) -> str:
    """The text with every number the same, and without the folders of its paths."""
    return _NUMBER.sub("0", _PATH.sub(r"\1", text))


def _of_traceback(lines: Sequence[str]) -> Cause | None:
    prefix = lines[0].removesuffix(_TRACEBACK)  # such as [rank0]:
    frames = []
    between = None
    for line in (line.removeprefix(prefix) for line in lines[1:]):
        if found := _FRAME.match(line):
            frames.append(found)
        elif frames and line and not line[0].isspace() and (what := _shown(line)):
            if _EXCEPTION.match(line):
                return _at(frames, what)
            # What the script wrote to its other stream may have come in between.
            between = between or _at(frames, what)
    return between


def _at(frames: Sequence[re.Match[str]], what: str) -> Cause:
    own = [frame for frame in frames if not _LIBRARY.search(frame["path"])]
    told = (own or frames)[-1]
    way = [f"{frame['path'].rpartition('/')[2]} {frame['function']}" for frame in frames]
    where = _shown(f"{told['path'].rpartition('/')[2]} line {told['line']}")
    return Cause(what=what, where=where, key="\n".join([*map(normalised, way), normalised(what)]))


def _shown(line: str) -> str:
    """A line that a terminal takes as text, and not too long."""
    clean = "".join(letter for letter in line if letter.isprintable()).strip()
    return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 3]}..."
