"""Commands that take long, and tell how they go on."""

import re
from collections.abc import Callable
from typing import Final

from caliban_adapters.docker.process import Command, stream

# How BuildKit numbers its steps ("#9 0.843 "), and what it says of each for itself: of one that
# failed, the whole command again and again, when what the command wrote has been passed on.
_STEP: Final = re.compile(r"#\d+ (?:\d+\.\d+ )?")
_NOISE: Final = re.compile(
    r"(?:CACHED|DONE .*|CANCELED|sha256:[0-9a-f]{64}.*|\[internal\] .*|transferring .*|[->]*"
    r"|(?:ERROR: )?(?:failed to solve: )?(?:executor failed running|process \").*"
    r"|> \[[^]]*\] RUN .*)"
)
_WIDE: Final = 500


def told(
    command: Command,
    say: Callable[[str], None],
    overhear: Callable[[str], None] = lambda _: None,
) -> tuple[int, list[str]]:
    """Run a command and pass on what may interest a person. Returns its exit code, and all lines.

    ``overhear`` is given each line whole, as it comes. Raises PlatformUnavailable where there is no
    such program.
    """
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        overhear(line)
        if interesting := essence(line):
            say(interesting)

    return stream(command, hear), lines


def essence(line: str) -> str:
    """A builder's line, cut, without its numbering; empty if it is about the builder alone."""
    text = _STEP.sub("", line, count=1) if _STEP.match(line) else line
    if _NOISE.fullmatch(text.strip()):
        return ""
    return text if len(text) <= _WIDE else f"{text[:_WIDE]}..."
