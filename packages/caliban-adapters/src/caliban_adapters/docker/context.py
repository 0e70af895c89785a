"""The build context: which files an image takes from a project, and a digest of all they hold.

Reading 200 MB takes a second, asking the file system about 5,000 files milliseconds. So the
digest of each file is kept in an index outside of the project, and a file is read again only when
its size, times or inode have changed.
"""

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from caliban_adapters.docker.dockerignore import FILE_NAME, Ignore, Pattern, parse
from caliban_domain.errors import ImageBuildFailed

NEVER_COPIED: Final = (Pattern(".git"), Pattern("**/__pycache__"), Pattern(".calibanconfig.json"))
"""What no image holds, whatever the project's ``.dockerignore`` says."""

# A file that changed so shortly before it was read may change again without its times telling.
_SETTLED_AFTER_NS: Final = 2_000_000_000
_VERSION: Final = 1
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file, link or folder of a context: its path in the project, and what was found there."""

    path: str
    found: os.stat_result


@dataclass(slots=True)
class Index:
    """What is known of a project's files from the last time: path -> [size, times, inode, digest].

    ``base_digests`` remembers the digests that base images had. An index that is gone, broken or
    can't be written costs time and nothing else.
    """

    file: Path
    files: dict[str, list[Any]] = field(default_factory=dict)
    base_digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, cache: Path, project: str) -> "Index":
        name = hashlib.sha256(project.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        file = cache / "contexts" / f"{name}.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            stored = json.loads(file.read_bytes())
            if stored["version"] == _VERSION:
                return cls(file, dict(stored["files"]), dict(stored["base_digests"]))
        return cls(file)

    def save(self) -> None:
        unfinished = self.file.with_suffix(f".{os.getpid()}")
        content = {"version": _VERSION, "files": self.files, "base_digests": self.base_digests}
        with suppress(OSError):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                unfinished.write_text(json.dumps(content, separators=(",", ":")))
                unfinished.replace(self.file)
            finally:
                unfinished.unlink(missing_ok=True)


def read_ignore(project: str) -> Ignore:
    """The rules of the project's ``.dockerignore``, and ours.

    Raises ImageBuildFailed, or UsageError for a line that is no pattern.
    """
    try:
        written = Path(project, FILE_NAME).read_text(errors="surrogateescape")
    except FileNotFoundError:
        written = ""
    except OSError as error:
        raise _unreadable(FILE_NAME, error) from error
    return parse(written).extended(*NEVER_COPIED)


def files(project: str, roots: Sequence[str], ignore: Ignore) -> Iterator[ContextFile]:
    """All that the roots hold and ``ignore`` leaves, each once; links aren't followed.

    ``roots`` are paths below the project, ``.`` for all of it. Raises ImageBuildFailed.
    """
    if "." in roots:
        yield from _below(project, "", -1, ignore)
        return
    for root in dict.fromkeys(roots):
        above = -1
        for slash in re.finditer("/", root):
            above = ignore.rank(root[: slash.start()], above)
        yield from _entry(project, root, above, ignore)


def digest(context: Iterator[ContextFile], project: str, index: Index) -> str:
    """One digest of the paths, kinds and contents of a context; brings the index up to date."""
    known, index.files = index.files, {}
    lines = sorted(_line(file, project, known, index.files) for file in context)
    if known != index.files:
        index.save()
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _below(project: str, folder: str, above: int, ignore: Ignore) -> Iterator[ContextFile]:
    try:
        names = os.listdir(f"{project}/{folder}")
    except OSError as error:
        raise _unreadable(folder, error) from error
    for name in names:
        yield from _entry(project, f"{folder}/{name}" if folder else name, above, ignore)


def _entry(project: str, path: str, above: int, ignore: Ignore) -> Iterator[ContextFile]:
    rank = ignore.rank(path, above)
    ignored = ignore.is_ignored(rank)
    if ignored and not ignore.may_hold_exceptions(path):
        return
    try:
        found = os.lstat(f"{project}/{path}")
    except OSError as error:
        raise _unreadable(path, error) from error
    if not ignored:
        yield ContextFile(path, found)
    if stat.S_ISDIR(found.st_mode):
        yield from _below(project, path, rank, ignore)


def _line(
    file: ContextFile, project: str, known: dict[str, list[Any]], seen: dict[str, list[Any]]
) -> str:
    mode = file.found.st_mode
    if stat.S_ISREG(mode):
        content = _content(file, project, known, seen)
    elif stat.S_ISLNK(mode):
        content = os.readlink(f"{project}/{file.path}")
    else:
        content = ""
    return json.dumps([file.path, stat.S_IFMT(mode), mode & 0o111, content])


def _content(
    file: ContextFile, project: str, known: dict[str, list[Any]], seen: dict[str, list[Any]]
) -> str:
    found = file.found
    facts = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
    entry = known.get(file.path)
    if entry is None or entry[:-1] != facts:
        entry = [*facts, _content_digest(f"{project}/{file.path}", file.path)]
    if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _SETTLED_AFTER_NS:
        seen[file.path] = entry
    return str(entry[-1])


def _content_digest(path: str, shown: str) -> str:
    summary = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                summary.update(piece)
    except OSError as error:
        raise _unreadable(shown, error) from error
    return summary.hexdigest()


def _unreadable(path: str, error: OSError) -> ImageBuildFailed:
    return ImageBuildFailed(
        f"{path or 'the project directory'} can't be read: {error.strerror}",
        hint=f"make it readable, or leave it out with a line in {FILE_NAME}",
    )
