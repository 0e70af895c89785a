"""Digests of what files hold, kept so that nothing is read twice.

A digest is believed only while the facts about a file (size, times, inode) are what they were, and
only if the file was at rest when it was read: one that changed in the two seconds before may
change once more without its times telling, because file systems' clocks tick slowly. An index
that is gone, broken or can't be written costs time and nothing else.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

Found = tuple[str, str, str]
"""Something in a tree: its path, its kind, and of a link the target, of a file the facts."""

FILES: Final = frozenset("fx")
"""The kinds of a file, and of a file that may be executed."""

_AT_REST_NS: Final = 2_000_000_000
_FORMAT: Final = "1"
_TREES_KEPT: Final = 8


def facts(status: os.stat_result) -> str:
    """What changes about a file whenever it does."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


class ContentIndex:
    """What is known of one project: digests of whole trees, by their facts, and of each file.

    They stand on two lines, because the second one is long and seldom needed. It is made before
    the project is looked at.
    """

    def __init__(self, cache_dir: Path, project: str) -> None:
        self._file = cache_dir / "contents" / f"{_sha256([_FORMAT, project])[:32]}.json"
        self._project = project
        self._at_rest_before = time.time_ns() - _AT_REST_NS

    def digest(self, tree: Sequence[Found], tops: Collection[str]) -> str:
        """One digest of paths, kinds, targets and contents: equal when all of these are.

        ``tree`` is all that there is at and below the paths ``tops``, of which ``""`` is the
        project itself, sorted. Raises OSError for a file that can't be read.
        """
        looks = _sha256(field for found in tree for field in found)
        trees = _stored(self._file, 0)
        if looks in trees:
            return str(trees[looks])
        known = _stored(self._file, 1)
        contents = {
            path: self._content(path, about, known) for path, kind, about in tree if kind in FILES
        }
        resting = {
            path: f"{about} {contents[path]}"
            for path, kind, about in tree
            if kind in FILES and self._is_at_rest(about)
        }
        digest = _sha256(
            field for path, kind, about in tree for field in (path, kind, contents.get(path, about))
        )
        is_at_rest = len(resting) == len(contents)
        if is_at_rest:
            trees[looks] = digest
        elsewhere = {
            path: known[path] for path in known if path not in tops and not is_below(path, tops)
        }
        if is_at_rest or resting.items() - known.items():
            self._save(trees, elsewhere | resting)
        return digest

    def _content(self, path: str, about: str, known: Mapping[str, Any]) -> str:
        before, _, digest = str(known.get(path, "")).rpartition(" ")
        if before == about:
            return digest
        with Path(self._project, path).open("rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _is_at_rest(self, about: str) -> bool:
        _size, modified, changed, _inode = map(int, about.split())
        return max(modified, changed) < self._at_rest_before

    def _save(self, trees: Mapping[str, Any], files: Mapping[str, Any]) -> None:
        newest = dict(list(trees.items())[-_TREES_KEPT:])
        lines = (json.dumps(line, separators=(",", ":")) for line in (newest, files))
        unfinished = self._file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                unfinished.write_text("\n".join(lines))
                unfinished.replace(self._file)
            finally:
                unfinished.unlink(missing_ok=True)


def _stored(file: Path, number: int) -> dict[str, Any]:
    """What stands on one line of the file; nothing where that can't be read."""
    with suppress(OSError, ValueError), file.open() as lines:
        for line in islice(lines, number, number + 1):
            stored = json.loads(line)
            return stored if isinstance(stored, dict) else {}
    return {}


def _sha256(fields: Iterable[str]) -> str:
    """No field of a tree can hold a NUL, so none can be taken for two."""
    return hashlib.sha256(os.fsencode("\0".join(fields))).hexdigest()


def is_below(path: str, parents: Collection[str]) -> bool:
    """Whether one of the parents is a directory above the path; ``""`` is above all others."""
    ancestors = (path[: slash.start()] for slash in re.finditer("/", path))
    return bool(path) and ("" in parents or any(ancestor in parents for ancestor in ancestors))
