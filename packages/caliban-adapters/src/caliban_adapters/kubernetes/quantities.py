"""Amounts of CPU and memory, as Kubernetes writes them."""

import re
from typing import Final

from caliban_domain.errors import UsageError

_NUMBER: Final = re.compile(r"[1-9]\d{0,11}", re.ASCII)
_CPU: Final = re.compile(r"\d{1,9}(\.\d{1,3})?|\d{1,12}m", re.ASCII)
_MEMORY: Final = re.compile(r"\d{1,12}(\.\d{1,3})?([kMGTPE]|[KMGTPE]i)", re.ASCII)


def cpu(text: str) -> str:
    """``1500`` and ``1500m`` are one and a half CPUs, and so is ``1.5``. Raises UsageError."""
    if _NUMBER.fullmatch(text):
        return f"{text}m"
    if not _CPU.fullmatch(text) or not float(text.rstrip("m")):
        raise UsageError(
            f"--min_cpu: {text!r} is no amount of CPU",
            hint="write thousandths of a CPU, such as 1500, or CPUs with a decimal point: 1.5",
        )
    return text


def memory(text: str) -> str:
    """``2000`` and ``2000M`` are two thousand megabytes; ``2Gi`` is more. Raises UsageError."""
    if _NUMBER.fullmatch(text):
        return f"{text}M"
    if not _MEMORY.fullmatch(text) or not float(text.rstrip("kKMGTPEi")):
        raise UsageError(
            f"--min_mem: {text!r} is no amount of memory",
            hint="write megabytes, such as 2000, or a number with a unit: 2Gi",
        )
    return text
