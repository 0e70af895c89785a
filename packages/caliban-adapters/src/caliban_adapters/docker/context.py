"""The build context: what an image takes from a project, and one digest of all of it."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from caliban_adapters.docker import dockerignore, kept_out, requirements
from caliban_adapters.docker.content_index import ContentIndex, Found, facts, is_below
from caliban_adapters.docker.dockerignore import Ignore, Pattern, exactly
from caliban_domain.entrypoints import EVERYTHING, inside
from caliban_domain.errors import ImageBuildFailed, UsageError
from caliban_domain.images import ImageSpec
from caliban_domain.projects import FILE_NAME as CONFIG

WORKPLACE: Final = ".caliban-build"
"""A directory for what a build writes, which belongs to none, wherever it is."""

_FILE: Final = "f"
_EXECUTABLE: Final = "x"
_DIRECTORY: Final = "d"
_LINK: Final = "l"
_SPECIAL: Final = "s"

NEVER_COPIED: Final = tuple(Pattern(text) for text in ("**/__pycache__", CONFIG, f"**/{WORKPLACE}"))
"""What no image holds, whatever the project's ``.dockerignore`` says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What goes into a build of a spec: its digest, its paths, and why nothing else does.

    ``included`` are files that the requirements refer to; ``tops`` are the files and directories
    that the spec names, by which all paths are found.
    """

    spec: ImageSpec
    digest: str
    paths: tuple[str, ...]
    ignore: Ignore
    included: tuple[str, ...]
    tree: tuple[Found, ...] = ()
    tops: frozenset[str] = frozenset()


def read_context(spec: ImageSpec, cache_dir: Path, withheld: Sequence[Path] = ()) -> Context:
    """All that the image of a spec takes from its project, as it is now.

    What is at the paths ``withheld``, and what they lead to, stays out of it.
    Raises ImageBuildFailed for what is missing or can't be read, UsageError for a
    ``.dockerignore`` that Docker couldn't read either.
    """
    project = os.path.realpath(spec.project)
    index = ContentIndex(cache_dir, project)
    included = requirements.included(
        spec.requirements, partial(_text, project), lambda path: Path(project, path).is_file()
    )
    files = (*spec.requirements, *included)
    ignore = _ignore(project, files, (cache_dir, *withheld))
    code = () if spec.folder is None else (spec.folder,)
    parts = {_part(project, path) for path in (*files, *spec.extra_dirs, *code)}
    tops = {part.real for part in parts}
    tree = [found for part in parts for found in _named(project, part, ignore)]
    for top in tops:
        if not is_below(top, tops):
            tree += _at(project, top, ignore)
    keys = kept_out.key_files(project, tree)
    ignore = ignore.extended(*(Pattern(exactly(key)) for key in keys))
    tree = sorted(found for found in tree if found[0] not in keys)
    try:
        digest = index.digest(tree, tops=tops)
    except OSError as error:
        raise _unreadable(os.path.relpath(error.filename, project), error) from error
    paths = tuple(found[0] for found in tree)
    return Context(
        spec=spec,
        digest=digest,
        paths=paths,
        ignore=ignore,
        included=included,
        tree=tuple(tree),
        tops=frozenset(tops),
    )


def require_in_context(spec: ImageSpec, file: str) -> None:
    """Raises UsageError for a file of the project that the rules keep out of its images."""
    ignore = _ignore(os.path.realpath(spec.project), (), ())
    if ignore.ignores(file):
        raise UsageError(
            f"{file} is to be run, and {dockerignore.FILE_NAME} leaves it out of the image",
            hint=f"add the line !{exactly(file)} to {dockerignore.FILE_NAME}",
        )


def _ignore(project: str, files: Iterable[str], withheld: Iterable[Path]) -> Ignore:
    """The project's rules, then ours; requirements are needed whatever the rules say."""
    written = Path(project, dockerignore.FILE_NAME)
    text = _text(project, dockerignore.FILE_NAME) if written.exists() else ""
    ignore = kept_out.guarded(dockerignore.parse(text)).extended(*NEVER_COPIED)
    ignored = (file for file in files if ignore.ignores(file))
    ignore = ignore.extended(*(Pattern(exactly(file), is_exception=True) for file in ignored))
    private = (inside(os.path.realpath(path), project) for path in withheld)
    return ignore.extended(
        *(Pattern(exactly(path)) for path in private if path not in (None, EVERYTHING))
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a project: the path it is named by, and the one that links in it lead to."""

    path: str
    real: str


def _part(project: str, path: str) -> _Part:
    location = os.path.realpath(f"{project}/{path}")
    if not os.path.lexists(location):
        raise ImageBuildFailed(f"there is no {path} in {project} any more")
    real = inside(location, project)
    if real is None:
        raise ImageBuildFailed(
            f"{path} is a link to {location}, which lies outside of the project directory",
            hint="an image can hold only what lies below the directory that caliban runs in",
        )
    return _Part(path, "" if real == EVERYTHING else real)


def _named(project: str, part: _Part, ignore: Ignore) -> Iterator[Found]:
    """The link that a part is, if it is one. Raises ImageBuildFailed for a part that is ignored."""
    if part.real and part.real != part.path:
        yield part.path, _LINK, part.real
    if ignore.ignores(part.real) and next(_below(project, part.real, ignore), None) is None:
        raise ImageBuildFailed(
            f"{part.path} can't be copied, because {dockerignore.FILE_NAME} leaves it out",
            hint=f"add the line !{part.path} to {dockerignore.FILE_NAME}",
        )


def _at(project: str, top: str, ignore: Ignore) -> Iterator[Found]:
    """What is at a path, and of what that holds all that isn't ignored."""
    location = Path(project, top)
    if not location.is_dir():
        yield _file(top, location.stat())
        return
    if top and not ignore.ignores(top):
        yield top, _DIRECTORY, ""
    yield from _below(project, top, ignore)


def _below(project: str, top: str, ignore: Ignore) -> Iterator[Found]:
    pending = [(top, ignore.rank_of(top))]
    while pending:
        directory, above = pending.pop()
        prefix = f"{directory}/" if directory else ""
        for entry in _listed(project, directory):
            path = prefix + entry.name
            rank = ignore.rank(path, above)
            is_ignored = ignore.is_ignored(rank)
            if not is_ignored and (found := _found(path, entry)):
                yield found
            if entry.is_dir(follow_symlinks=False) and (
                not is_ignored or ignore.may_hold_exceptions(path)
            ):
                pending.append((path, rank))


def _listed(project: str, directory: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(f"{project}/{directory}") as found:
            return list(found)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(directory or project, error) from error


def _found(path: str, entry: "os.DirEntry[str]") -> Found | None:
    """What was listed, unless it has gone away since."""
    try:
        if entry.is_file(follow_symlinks=False):
            return _file(path, entry.stat(follow_symlinks=False))
        if entry.is_symlink():
            return path, _LINK, os.readlink(entry.path)
    except FileNotFoundError:
        return None
    return path, _DIRECTORY if entry.is_dir(follow_symlinks=False) else _SPECIAL, ""


def _file(path: str, status: os.stat_result) -> Found:
    return path, _EXECUTABLE if status.st_mode & stat.S_IXUSR else _FILE, facts(status)


def _text(project: str, path: str) -> str:
    try:
        return Path(project, path).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: OSError) -> ImageBuildFailed:
    return ImageBuildFailed(
        f"{path} can't be read: {error.strerror}",
        hint=f"make it readable, or leave it out with a line in {dockerignore.FILE_NAME}",
    )
