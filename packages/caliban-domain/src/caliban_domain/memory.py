"""Amounts of memory as people write them, and the sentence for a job that had too little."""

import re
from fractions import Fraction
from typing import Final

from caliban_domain.errors import UsageError

_UNITS: Final = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)([bkmgt])?(?:i?b)?", re.ASCII | re.IGNORECASE)
_LEAST: Final = 6 << 20  # what an engine grants at least
_ENDED: Final = "it ran out of memory"
_LIMIT: Final = re.compile(rf"{_ENDED}: its peak reached its limit of (\S+)")
_USUAL: Final = 4 << 30


def parse_memory(text: str) -> int:
    """The bytes of ``512m``, ``8g``, ``1.5GiB`` or ``1000000000``. Raises UsageError."""
    written = _AMOUNT.fullmatch(text)
    size = Fraction(written[1]) * _UNITS[(written[2] or "b").lower()] if written else 0
    if not _LEAST <= size < 1 << 63:
        raise UsageError(f"{text!r} is not an amount of memory of 6m or more, such as 512m or 8g")
    return int(size)


def memory_text(size: int) -> str:
    """So many bytes in the largest unit that divides them: ``parse_memory`` reads it back."""
    unit, factor = max(
        (pair for pair in _UNITS.items() if size % pair[1] == 0), key=lambda pair: pair[1]
    )
    return f"{size // factor}{unit}"


def out_of_memory(limit: int | None) -> str:
    """Why a job ended that needed more than its limit, or than the machine had.

    Nothing is granted beyond a limit: the peak of a job that was ended at it is the limit.
    """
    if limit:
        return f"{_ENDED}: its peak reached its limit of {memory_text(limit)}"
    return f"{_ENDED}: the machine had no more, and it had no limit of its own"


def enough_memory(reason: str | None) -> str | None:
    """What to try next after this reason: twice the limit. None where it wasn't for memory."""
    if _ENDED not in (reason or ""):
        return None
    limit = _LIMIT.search(reason or "")
    return memory_text(2 * (parse_memory(limit[1]) if limit else _USUAL))
