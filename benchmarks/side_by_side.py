"""Time two commands in turn, in one run, and print how they compare."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SCRIPTS = Path(sys.executable).parent
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
    ratio = statistics.median(our_times) / statistics.median(their_times)
    verdict = "ok" if ratio <= limit else "MISSED"
    print(
        f"{ours.name} / {' + '.join(one.name for one in theirs)}: "
        f"{ratio:.2f} (at most {limit}) {verdict}   "
        f"{_spread(our_times)} against {_spread(their_times)}"
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
    verdict = "ok" if peak <= limit else "MISSED"
    print(f"{command.name}: peak memory {peak:.0f} MB (at most {limit:.0f} MB) {verdict}")


def _started_as_usual(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment, with compiled modules kept between runs as Python does by itself."""
    usual = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return {**usual, **settings}


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.3f} s [{min(seconds):.3f}-{max(seconds):.3f}]"
