"""Text for people at a terminal: within its width, and its statuses in colour."""

import re
import textwrap
from collections.abc import Mapping
from typing import Final

from caliban_domain.jobs import JobStatus

_COLOURS: Final[Mapping[str, int]] = {
    JobStatus.SUCCEEDED: 32,  # green
    JobStatus.RUNNING: 36,  # cyan
    JobStatus.SUBMITTED: 36,
    JobStatus.STOPPED: 33,  # yellow
    JobStatus.LOST: 35,  # magenta
    JobStatus.FAILED: 31,  # red
}
_STATUS: Final = re.compile(rf"^( *(?:job )?\d+ +)({'|'.join(_COLOURS)})\b", re.MULTILINE)
_NAMED: Final = re.compile(r"(?<= )(\w+:) ")
_END: Final = re.compile(r"(?<= )\([^()]*\)$")
_DEEPER: Final = 4


def fitted(text: str, *, width: int, variables: Mapping[str, str]) -> str:
    """Lines as they are, but for long ones, which go on below, indented; and with colours.

    There are none where ``variables`` hold a NO_COLOR that isn't empty (https://no-color.org), or
    a TERM that knows none.
    """
    lines = (_fitted(line, width) for line in text.split("\n"))
    narrow = "\n".join(lines)
    if variables.get("NO_COLOR") or variables.get("TERM") == "dumb":
        return narrow
    return _STATUS.sub(
        lambda found: f"{found[1]}\x1b[{_COLOURS[found[2]]}m{found[2]}\x1b[0m", narrow
    )


def _fitted(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    words = line.lstrip()
    indent = " " * (len(line) - len(words))
    # A name stays with what it names, and how a job ended in one piece, if that fits a line.
    words = _NAMED.sub("\\1\0", words)
    if (end := _END.search(words)) and len(indent) + _DEEPER + len(end[0]) <= width:
        words = words[: end.start()] + end[0].replace(" ", "\0")
    filled = textwrap.fill(
        words,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}{' ' * _DEEPER}",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace("\0", " ")
