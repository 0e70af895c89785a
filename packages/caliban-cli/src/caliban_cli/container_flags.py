"""The flags of every command that starts containers on this machine."""

import argparse
import math
import re
import shlex
from dataclasses import dataclass
from typing import Final

from caliban_cli.options import positive_number, value
from caliban_domain.errors import UsageError
from caliban_domain.memory import parse_memory

_DECIMAL: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_LEAST: Final = 0.01  # what an engine grants at least


@dataclass(frozen=True, kw_only=True)
class ContainerArgs:
    """Flags that say what containers are like."""

    docker_run_args: str = value(
        "--docker_run_args",
        about='more arguments for docker run, as one string: "-v /data:/data --shm-size 2g"',
        default="",
        metavar="ARGS",
    )

    @property
    def run_args(self) -> tuple[str, ...]:
        """The arguments for docker run as words. Raises UsageError."""
        try:
            return tuple(shlex.split(self.docker_run_args))
        except ValueError as error:
            raise UsageError(
                f"--docker_run_args {self.docker_run_args!r}: {str(error).lower()}",
                hint="it is split into words as a shell would do it",
            ) from error


def memory_size(text: str) -> int:
    """Bytes; for ``value(kind=...)``."""
    try:
        return parse_memory(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def processors(text: str) -> float:
    """``2`` or ``0.5``; for ``value(kind=...)``."""
    number = float(text) if _DECIMAL.fullmatch(text) else 0.0
    if not _LEAST <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of {_LEAST} or more")
    return number


@dataclass(frozen=True, kw_only=True)
class LimitArgs:
    """Flags that say how much of the machine each job may use."""

    memory: int | None = value(
        "--memory",
        about="let each job use so much memory, such as 512m or 8g",
        kind=memory_size,
        metavar="SIZE",
    )
    cpus: float | None = value(
        "--cpus",
        about="let each job use so many processors, such as 2 or 0.5",
        kind=processors,
        metavar="N",
    )
    gpus_per_job: int | None = value(
        "--gpus_per_job",
        about="give each job so many GPUs that no other has (default: each sees all of them)",
        kind=positive_number,
        metavar="N",
    )
