"""Entrypoints: what a person names to run, what it takes into the image, and how it is executed."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from caliban_domain.errors import BadEntrypoint

FileKind = Literal["file", "directory"] | None
Look = Callable[[str], FileKind]
"""Tells what stands at a path relative to the project directory."""

EVERYTHING: Final = "."
_WHAT_RUNS: Final = (
    "name a module as trainer.train, a Python file as trainer/train.py, or a shell script as job.sh"
)
_MODULE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Entrypoint:
    """Code to run: as the person spelled it, the folder it needs, and the command that runs it.

    ``folder`` and the ``file`` that is executed are relative to the project directory;
    ``EVERYTHING`` stands for all of it.
    """

    script: str
    folder: str
    file: str
    command: tuple[str, ...]


def resolve(script: str, look: Look, *, project: str) -> Entrypoint:
    """The entrypoint that ``trainer.train``, ``trainer/train.py`` or ``job.sh`` stands for.

    A path to a Python file runs as a script, a dotted name as a module, any other file under
    bash. ``project`` is the absolute path of the project directory.
    Raises BadEntrypoint for what doesn't exist or lies outside of the project directory.
    """
    if not script:
        raise BadEntrypoint("the name of the module is empty", hint=_WHAT_RUNS)
    if module := _module_file(script, look):
        top = script.partition(".")[0]
        folder = top if look(top) == "directory" and "." in script else EVERYTHING
        return Entrypoint(script, folder, module, ("python", "-m", script))
    path = inside(script, project)
    if path is None:
        raise BadEntrypoint(
            f"{script} lies outside of the project directory {project}",
            hint="run caliban in the directory that holds the code, and name a file below it",
        )
    if look(path) != "file":
        raise _missing(script, path, look)
    interpreter = "python" if path.endswith(".py") else "bash"
    argument = f"./{path}" if path.startswith("-") else path
    return Entrypoint(script, _top_folder(path), path, (interpreter, argument))


def inside(path: str, project: str) -> str | None:
    """The path relative to the project directory, or None where it leads out of it."""
    relative = posixpath.relpath(posixpath.join(project, path), project)
    return None if relative == ".." or relative.startswith("../") else relative


def _module_file(dotted: str, look: Look) -> str | None:
    """The file that is executed as a module, if the name is that of one."""
    if dotted.endswith(".py") or not _MODULE.fullmatch(dotted):
        return None
    path = dotted.replace(".", "/")
    candidates = (f"{path}.py", f"{path}/__main__.py")
    return next((file for file in candidates if look(file) == "file"), None)


def _top_folder(path: str) -> str:
    top, slash, _ = path.partition("/")
    return top if slash else EVERYTHING


def _missing(script: str, path: str, look: Look) -> BadEntrypoint:
    if look(path) == "directory":
        return BadEntrypoint(
            f"{script} is a directory without __main__.py",
            hint=f"name a file in it, such as {path}/train.py",
        )
    what = f"there is no file {script} in the project directory"
    if _MODULE.fullmatch(script) and not script.endswith((".py", ".sh")):
        as_path = script.replace(".", "/")
        what = f"there is no module {script}: {as_path}.py doesn't exist"
        if look(as_path) == "directory":
            what += f", and the package {as_path} has no __main__.py"
    return BadEntrypoint(what, hint=_WHAT_RUNS)
