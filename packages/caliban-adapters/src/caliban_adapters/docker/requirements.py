"""Requirements files, and the files that they refer to."""

import posixpath
import re
from pathlib import Path
from typing import Final

from caliban_domain.entrypoints import inside
from caliban_domain.errors import ImageBuildFailed
from caliban_domain.images import ImageSpec

# https://pip.pypa.io/en/stable/reference/requirements-file-format/#referring-to-other-files
_REFERENCE: Final = re.compile(
    r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*([^\s#]+)", re.MULTILINE
)


def included_files(spec: ImageSpec) -> tuple[str, ...]:
    """The files that a spec's requirements include, and those that these include, sorted.

    Raises ImageBuildFailed for one that isn't in the project.
    """
    found: dict[str, None] = {}
    waiting = list(spec.requirements)
    while waiting:
        for path in _references(waiting.pop(), spec.project):
            if path not in found and path not in spec.requirements:
                found[path] = None
                waiting.append(path)
    return tuple(sorted(found))


def _references(path: str, project: str) -> list[str]:
    try:
        text = Path(project, path).read_text(errors="surrogateescape")
    except OSError as error:
        raise ImageBuildFailed(f"{path} can't be read: {error.strerror}") from error
    return [
        _resolved(name, path, project) for name in _REFERENCE.findall(text) if "://" not in name
    ]


def _resolved(name: str, source: str, project: str) -> str:
    path = inside(posixpath.join(posixpath.dirname(source), name), project)
    if path is None or not Path(project, path).is_file():
        raise ImageBuildFailed(
            f"{source} includes {name}, which is not a file of the project",
            hint="paths in a requirements file are relative to it, and lie below the project",
        )
    return path
