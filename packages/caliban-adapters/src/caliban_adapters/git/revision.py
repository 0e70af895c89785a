"""Which commit the code of a project is at."""

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and whether the files differ from it."""

    commit: str
    dirty: bool


def revision(directory: str) -> Revision | None:
    """The revision of a directory; None without git, or outside of a repository."""
    commit = _git(directory, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    return Revision(commit, dirty=bool(_git(directory, "status", "--porcelain", "--", ".")))


def _git(directory: str, *words: str) -> str | None:
    try:
        finished = subprocess.run(
            ["git", "-C", directory, *words], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return None if finished.returncode else finished.stdout.strip()
