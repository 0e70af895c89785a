"""Which version of its code a project is at."""

import hashlib
import logging
import os
import subprocess
from dataclasses import replace
from typing import Final

from caliban_domain.provenance import Revision

_log = logging.getLogger(__name__)

# Set where git itself runs a program, as in its hooks: another repository than the project's own.
_OF_ANOTHER: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
_COMMIT: Final = "# branch.oid "
_NO_COMMIT: Final = "(initial)"
# The same difference has the same hash for everybody, whatever they have told git about diffs.
_WHATEVER_IS_SET: Final = (
    "--binary",
    "--full-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
)


def revision(directory: str) -> Revision | None:
    """The revision of a directory and what is below it.

    None without git, outside of a repository, or before its first commit.
    """
    status = _git(directory, "status", "--porcelain=v2", "--branch", "--", ".")
    found = _read(status.decode(errors="replace")) if status else None
    if found is None or not found.dirty:
        return found
    diff = _git(directory, "diff", *_WHATEVER_IS_SET, "HEAD", "--", ".")
    return replace(found, diff=hashlib.sha256(diff).hexdigest() if diff else None)


def _git(directory: str, *words: str) -> bytes | None:
    """What a git command prints; None where it fails."""
    _log.debug("running git %s in %s", words[0], directory)
    try:
        finished = subprocess.run(
            # Optional locks are taken in order to write into the repository, which isn't ours.
            ["git", "--no-optional-locks", "-C", directory, *words],
            env={name: text for name, text in os.environ.items() if name not in _OF_ANOTHER},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return None if finished.returncode else finished.stdout


def _read(status: str) -> Revision | None:
    lines = status.splitlines()
    commits = [line.removeprefix(_COMMIT) for line in lines if line.startswith(_COMMIT)]
    if not commits or commits[0] == _NO_COMMIT:
        return None
    return Revision(commit=commits[0], dirty=any(not line.startswith("#") for line in lines))
