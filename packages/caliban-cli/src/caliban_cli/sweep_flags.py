"""The flags that say how a sweep is gone through, and the policy that they add up to."""

import argparse
import math
import re
from dataclasses import dataclass
from threading import TIMEOUT_MAX
from typing import Final

from caliban_cli.options import positive_number, switch, value, whole_number
from caliban_domain.agenda import Policy
from caliban_domain.errors import UsageError
from caliban_domain.retries import ANY_FAILURE, Retries, parse_causes

_FAILURES: Final = re.compile(r"(?P<number>\d{1,9})(?P<percent>%?)", re.ASCII)
_ALL: Final = 100  # percent
_DURATION: Final = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>[smhd]?)", re.ASCII)
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}  # seconds


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """A number of jobs of 1 or more, or a percentage of all jobs from 1 to 100."""

    number: int
    is_percentage: bool = False

    def of(self, jobs: int) -> int:
        """The limit for so many jobs: 1 at the least."""
        return max(1, math.ceil(jobs * self.number / _ALL)) if self.is_percentage else self.number


def failure_limit(text: str) -> FailureLimit:
    """``5`` or ``5%``; for ``value(kind=...)``."""
    written = _FAILURES.fullmatch(text)
    limit = FailureLimit(int(written["number"]), bool(written["percent"])) if written else None
    if not limit or not limit.number or (limit.is_percentage and limit.number > _ALL):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number of 1 or more nor a percentage from 1% to 100%"
        )
    return limit


def duration(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``30m``, ``12h`` or ``2d``; for ``value(kind=...)``."""
    written = _DURATION.fullmatch(text)
    seconds = float(written["number"]) * _UNITS[written["unit"]] if written else 0.0
    if not 0 < seconds <= TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90, 30m, 12h or 2d")
    return seconds


@dataclass(frozen=True, kw_only=True)
class SweepArgs:
    """Flags of the commands that run sweeps here."""

    parallel: int = value(
        "--parallel",
        about="run so many jobs at a time (default: 1)",
        kind=positive_number,
        default=1,
        metavar="N",
    )
    keep_going: bool = switch(
        "--keep_going", about="run all jobs, whatever becomes of some (the default)"
    )
    fail_fast: bool = switch(
        "--fail_fast", about="start no more jobs once one has failed; those that run go on"
    )
    max_failures: FailureLimit | None = value(
        "--max_failures",
        about="start no more jobs once so many, or so many percent of all, have failed: 5 or 5%%",
        kind=failure_limit,
        metavar="N",
    )
    canary: int = value(
        "--canary",
        about="run so many jobs first, and the others only if these succeed",
        kind=whole_number,
        default=0,
        metavar="N",
    )
    retries: int = value(
        "--retries",
        about="try a job that failed again, so many times (default: not at all)",
        kind=positive_number,
        default=0,
        metavar="N",
    )
    timeout: float | None = value(
        "--timeout",
        about="stop a job that runs longer, and count it as failed: 90, 30m, 12h or 2d",
        kind=duration,
        metavar="TIME",
    )
    retry_on: str | None = value(
        "--retry_on",
        about="try again only after these ends: any of failed, lost and exit:N, "
        "such as exit:137,lost",
        metavar="CAUSES",
    )


def policy(args: SweepArgs, *, jobs: int) -> Policy:
    """How so many jobs are gone through. Raises UsageError for flags that contradict each other."""
    chosen = [
        flag
        for flag, given in (
            ("--keep_going", args.keep_going),
            ("--fail_fast", args.fail_fast),
            ("--max_failures", args.max_failures is not None),
        )
        if given
    ]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} contradict each other", hint="give one of them")
    if args.retry_on is not None and not args.retries:
        raise UsageError("--retry_on needs --retries", hint="such as --retries 2")
    limit = FailureLimit(1) if args.fail_fast else args.max_failures
    causes = ANY_FAILURE if args.retry_on is None else parse_causes(args.retry_on)
    return Policy(
        parallel=args.parallel,
        canary=args.canary,
        max_failures=limit.of(jobs) if limit else None,
        timeout=args.timeout,
        retries=Retries(args.retries, causes),
    )
