"""Which version of its code a project is at."""

import logging
import os
import subprocess
from dataclasses import dataclass
from typing import Final

_log = logging.getLogger(__name__)

# Set where git itself runs a program, as in its hooks: another repository than the project's own.
_OF_ANOTHER: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
_COMMIT: Final = "# branch.oid "
_NO_COMMIT: Final = "(initial)"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and whether the files are different from it."""

    commit: str
    dirty: bool


def revision(directory: str) -> Revision | None:
    """The revision of a directory and what is below it.

    None without git, outside of a repository, or before its first commit.
    """
    # Optional locks are taken in order to write into the repository, which isn't ours.
    command = (
        "git",
        "--no-optional-locks",
        "-C",
        directory,
        "status",
        "--porcelain=v2",
        "--branch",
    )
    _log.debug("running %s", command)
    try:
        finished = subprocess.run(
            [*command, "--", "."],
            env={name: text for name, text in os.environ.items() if name not in _OF_ANOTHER},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return None if finished.returncode else _read(finished.stdout.decode(errors="replace"))


def _read(status: str) -> Revision | None:
    lines = status.splitlines()
    commits = [line.removeprefix(_COMMIT) for line in lines if line.startswith(_COMMIT)]
    if not commits or commits[0] == _NO_COMMIT:
        return None
    return Revision(commits[0], dirty=any(not line.startswith("#") for line in lines))
