"""table.py FILE: print the results that benchmarks left in a file, and write them to the docs."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from side_by_side import Result

PAGE = Path(__file__).parent.parent / "docs/reference/benchmarks.md"

_OPENING = """\
<!-- Made by make bench. -->

# How fast

Each line was measured side by side with its alternative, in turn, in one run of `make bench`: the
number is the median of our times by the median of theirs, and in brackets stand the lowest and the
highest ratio of a round. Below 1 Caliban is the faster one. Only ratios say something about another
machine; memory, calls and rates say what this one needed. A limit is what the project holds itself
to.

"""
_ENDING = """
Made on {day} with Python {python} on {system}, {cores} cores and {memory} GB of memory. The engine
is Docker with Debian's base image. What stands for Google's services and for a cluster is a program
on the same machine. Hydra runs a function that does nothing for each experiment, because it has no
command that only expands.
"""


def main() -> None:
    results = [Result(**json.loads(line)) for line in Path(sys.argv[1]).read_text().splitlines()]
    table = as_table(results)
    print(table, end="")
    PAGE.write_text(_OPENING + table + _ENDING.format(**_machine()))


def as_table(results: Sequence[Result]) -> str:
    """A table in Markdown, which reads well as text too."""
    rows = [("what", "measured", "limit", ""), *map(_row, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, _line(["-" * width for width in widths], widths))
    return "".join(f"{line}\n" for line in lines)


def _row(result: Result) -> tuple[str, str, str, str]:
    spread = f" [{result.spread}]" if result.spread else ""
    return result.what, result.found + spread, result.limit, "" if result.kept else "missed"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(map(str.ljust, cells, widths))} |"


def _machine() -> dict[str, object]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "day": datetime.now(UTC).date(),
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory": round(memory / 2**30),
    }


if __name__ == "__main__":
    main()
