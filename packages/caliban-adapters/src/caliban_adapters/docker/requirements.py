"""The files that others name, which must be there when dependencies are installed.

Requirements files name others: https://pip.pypa.io/en/stable/reference/requirements-file-format/
has the format. Only files are followed. A requirement that is a path (``./library``, ``-e .``) is
left to the installer, which says that it isn't there: the code comes after the requirements.
A setup.py reads what it likes; of that, it gets the files that it names in quotes.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from caliban_domain.dependencies import CONDA, PYPROJECT, SETUP
from caliban_domain.errors import ImageBuildFailed

_INCLUDE: Final = (
    r"(?:(?:-r|-c)\s*=?|(?:--requirements?|--constraints?)(?:\s*=\s*|\s+))(?P<path>\S.*)"
)
_COMMENT: Final = r"(?:^|\s+)#.*"
_QUOTED: Final = r"""(["'])([^"'\n\\]+)\1"""
_DYNAMIC: Final = r"(?m)^\s*dynamic\s*="
_NO_REQUIREMENTS: Final = frozenset({".py", ".toml", ".lock", ".cfg", ".md", ".rst"})


def included(
    files: Sequence[str], read: Callable[[str], str], is_file: Callable[[str], bool]
) -> tuple[str, ...]:
    """The further files that requirements files name, and those that these name, in that order.

    Paths are relative to the project; ``read`` gives the text of one. Raises ImageBuildFailed for
    a file outside of the project, and whatever ``read`` raises.
    """
    found = dict.fromkeys(posixpath.normpath(file) for file in files)
    pending = list(found)
    while pending:
        file = pending.pop(0)
        named = _named(file, read(file), is_file)
        fresh = [path for path in named if path not in found]
        found |= dict.fromkeys(fresh)
        pending += dict.fromkeys(fresh)
    return tuple(list(found)[len(dict.fromkeys(files)) :])


def _named(file: str, text: str, is_file: Callable[[str], bool]) -> Iterable[str]:
    if file == SETUP or (file == PYPROJECT and re.search(_DYNAMIC, text)):
        quoted = (match[2] for match in re.finditer(_QUOTED, text))
        paths = (posixpath.normpath(path) for path in quoted)
        return [path for path in paths if not path.startswith(("../", "/")) and is_file(path)]
    if file == CONDA:
        return _lines(file, re.sub(r"(?m)^\s*-\s+", "", text))
    return () if posixpath.splitext(file)[1] in _NO_REQUIREMENTS else _lines(file, text)


def _lines(file: str, text: str) -> Iterator[str]:
    for line in re.sub(r"\\\r?\n", "", text).splitlines():
        include = re.fullmatch(_INCLUDE, re.sub(_COMMENT, "", line).strip())
        if include is None or "://" in include["path"]:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), _unquoted(include)))
        if path.startswith(("../", "/")):
            raise ImageBuildFailed(
                f"{file} names {include['path']}, which lies outside of the project directory",
                hint="only files below the directory that caliban runs in can be copied",
            )
        yield path


def _unquoted(include: re.Match[str]) -> str:
    path = include["path"]
    is_quoted = len(path) > 1 and path[0] == path[-1] and path[0] in "'\""
    return path[1:-1] if is_quoted else path
