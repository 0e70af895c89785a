"""Writes what a setup.py says that its project needs, as requirements. Runs in the container.

Arguments: the file to write, the mode, and the extras that a person asked for. What is given to
``setup()`` is read, and no packages are looked for, because the code isn't there yet. This file is
all that the container gets of this package, and its Python may be an old one.
"""

import re
import runpy
import sys
import traceback
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

FAILED = "setup.py failed: "
NO_EXTRA = "setup.py has no extra "


def main(target: str, mode: str, *asked: str) -> None:
    """Write the requirements to ``target``, or end with a line that says why that can't be."""
    sys.excepthook = _tell
    told = _told()
    lines = _lines(told.install_requires)
    declared: dict[str, list[str]] = {}
    for key, needed in (told.extras_require or {}).items():
        extra, *markers = key.split(":")
        conditional = [_under(markers, line) for line in _lines(needed)]
        if extra:
            declared.setdefault(_normal(extra), []).extend(conditional)
        else:
            lines += conditional
    missing = [extra for extra in asked if _normal(extra) not in declared]
    if missing:
        there = "it has " + ", ".join(sorted(declared)) if declared else "it declares none"
        sys.exit(f"{NO_EXTRA}{missing[0]}: {there}")
    if declared and mode not in declared:
        sys.stderr.write(f"warning: setup.py declares no extra {mode}; going on without it\n")
    for extra in (mode, *asked):
        lines += declared.get(_normal(extra), [])
    Path(target).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _told() -> Any:
    """What setup.py gives to ``setup()``, with what the files beside it add."""
    given = []
    setuptools = import_module("setuptools")  # which brings the next one, where Python doesn't
    for module in (setuptools, import_module("distutils.core")):
        module.setup = lambda **attrs: given.append(setuptools.Distribution(attrs))  # type: ignore[attr-defined]
    sys.argv = ["setup.py"]
    said = "it doesn't call setup()"
    try:
        runpy.run_path("setup.py", run_name="__main__")
    except SystemExit as end:
        said = f"it exits: {end.code}"
    if not given:
        sys.exit(FAILED + said)
    given[0].parse_config_files()
    return given[0]


def _lines(needed: "str | Iterable[str] | None") -> "list[str]":
    """Setuptools takes a list, or a text with a requirement in each line."""
    lines = needed.splitlines() if isinstance(needed, str) else needed or ()
    return [line for line in lines if line.strip()]


def _under(markers: "Iterable[str]", line: str) -> str:
    """A requirement that holds under more conditions than its own."""
    requirement, *own = line.split(";")
    conditions = " and ".join(f"({marker.strip()})" for marker in (*own, *markers))
    return f"{requirement.strip()} ; {conditions}" if conditions else line


def _normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def _tell(kind: "type[BaseException]", error: BaseException, trace: "TracebackType | None") -> None:
    """One line instead of a traceback through all that runs a setup.py."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == "setup.py"]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    words = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    where = f"line {line}: " if line else ""
    sys.stderr.write(f"{FAILED}{where}{kind.__name__}: {words}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
