"""Write reference/errors.md by making the mistakes that are listed in mistakes.py.

With ``--print`` the page goes to standard output; a test compares it with the committed one. No
mistake gets as far as an engine, so none is needed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mistakes import MISTAKES, Mistake

PAGE: Final = Path(__file__).parent / "reference/errors.md"

_OPENING: Final = """\
<!-- Made by docs/generate_errors.py, which makes every mistake of docs/mistakes.py. -->

# What goes wrong

Each of these commands was typed in a directory that holds `train.py` and the file shown, if one is
shown. Whatever is wrong is told in a line that says where, with a hint where there is one, and
nothing is written. [Exit codes](exit-codes.md) tell scripts which kind of failure it was.
"""
_SHELL: Final = 'caliban() { "$PYTHON" -m caliban_cli.main "$@"; }\n'
_AT_ONCE: Final = os.cpu_count() or 1


def page() -> str:
    parts = [_OPENING]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for subject, mistakes in MISTAKES.items():
            told = threads.map(_told, mistakes)
            parts.append(f"\n## {subject}\n")
            parts += [block for of_one in told for block in of_one]
    return "".join(parts)


def _told(mistake: Mistake) -> Iterator[str]:
    for file, text in mistake.files.items():
        yield f"\n```text\n{file}\n"
        yield "".join(f"    {line}\n" for line in text.splitlines() or ["(empty)"])
        yield "```\n"
    with TemporaryDirectory() as folder:
        finished = _made(mistake, Path(folder))
        if not finished.returncode:
            raise ValueError(f"{mistake.command} is no mistake: {finished.stdout}")
        said = finished.stderr.replace(f"{folder}/home", "~").replace(folder, "~")
    yield f"\n```text\n$ {mistake.command}\n{said}$ echo $?\n{finished.returncode}\n```\n"


def _made(mistake: Mistake, folder: Path) -> "subprocess.CompletedProcess[str]":
    project, home = folder / "digits", folder / "home"
    project.mkdir()
    home.mkdir()
    for name, text in {"train.py": "", **mistake.files}.items():
        (project / name).write_text(text)
    return subprocess.run(
        ["bash", "-c", _SHELL + mistake.command],
        cwd=project,
        # The sessions of people have much else in them; none of it may show on the page.
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> None:
    if "--print" in sys.argv[1:]:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
