"""Time two commands in turn, in one run, and print how they compare."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

SCRIPTS = Path(sys.executable).parent
RESULTS = "CALIBAN_BENCHMARKS"
"""The variable that names a file to add every result to, as a line of JSON."""

_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One side of a comparison: a command, and where it runs."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None

    def run(self) -> float:
        """Seconds of wall time of one run."""
        begin = time.perf_counter()
        self.output()
        return time.perf_counter() - begin

    def output(self) -> str:
        """What one run prints on stdout."""
        finished = subprocess.run(
            self.argv,
            cwd=self.cwd,
            env=_started_as_usual(self.environment),
            capture_output=True,
            text=True,
            check=True,
        )
        return finished.stdout


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a benchmark found, and what the project holds itself to, in words."""

    what: str
    found: str
    limit: str
    kept: bool
    spread: str = ""
    seconds: str = ""


def report(result: Result) -> None:
    """Print a result, and keep it where ``RESULTS`` says."""
    spread = f" [{result.spread}]" if result.spread else ""
    verdict = "ok" if result.kept else "MISSED"
    line = f"{result.what}: {result.found}{spread} ({result.limit}) {verdict}   {result.seconds}"
    print(line.rstrip(), flush=True)
    if file := os.environ.get(RESULTS):
        with Path(file).open("a", encoding="utf-8") as results:
            results.write(json.dumps(asdict(result)) + "\n")


def compare(
    ours: Contender,
    *theirs: Contender,
    limit: float,
    rounds: int,
    beyond: Contender | None = None,
) -> None:
    """Run both sides in turn and print the ratio of their medians; several of theirs are added up.

    ``limit`` is the ratio that the project holds itself to. Of our time counts what goes
    ``beyond`` that of a command, if one is given.
    """
    our_times: list[float] = []
    their_times: list[float] = []
    for _ in range(rounds):
        our_times.append(ours.run() - (beyond.run() if beyond else 0.0))
        their_times.append(sum(one.run() for one in theirs))
    names = " + ".join(one.name for one in theirs)
    report_times(f"{ours.name} / {names}", our_times, their_times, limit=limit)


def report_times(
    what: str, ours: Sequence[float], theirs: Sequence[float], *, limit: float
) -> None:
    """Report the ratio of the medians of times, in seconds, that were taken in turn."""
    ratio = statistics.median(ours) / statistics.median(theirs)
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    report(
        Result(
            what=what,
            found=f"{ratio:.2f}",
            spread=f"{min(ratios):.2f} to {max(ratios):.2f}",
            limit=f"at most {limit:g}",
            kept=ratio <= limit,
            seconds=f"{_spread(ours)} against {_spread(theirs)}",
        )
    )


def peak_memory(command: Contender) -> float:
    """The most memory in MB that a command held at any time.

    It runs as the only child of a fresh interpreter, because the kernel keeps one maximum for all
    children of a process.
    """
    probe = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", probe, *command.argv],
        cwd=command.cwd,
        env=_started_as_usual(command.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(finished.stdout) / 1024


def report_memory(command: Contender, *, limit: float) -> None:
    """Print the peak memory of a command beside what the project holds itself to, in MB."""
    peak = peak_memory(command)
    report(
        Result(
            what=f"{command.name}: peak memory",
            found=f"{peak:.0f} MB",
            limit=f"at most {limit:.0f} MB",
            kept=peak <= limit,
        )
    )


def _started_as_usual(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment, with compiled modules kept between runs as Python does by itself."""
    usual = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return {**usual, **settings}


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.3f} s [{min(seconds):.3f}-{max(seconds):.3f}]"
