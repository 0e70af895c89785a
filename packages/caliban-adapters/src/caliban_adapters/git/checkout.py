"""A project as it was at one of its commits."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from caliban_domain.errors import UsageError


@contextmanager
def checked_out(directory: str, commit: str) -> Iterator[Path]:
    """A folder that holds what the commit holds of a directory; it is gone afterwards.

    The repository itself is left as it is. Raises UsageError where the commit isn't there.
    """
    try:
        finished = subprocess.run(
            # Below the repository's top, this takes the directory alone.
            ["git", "--no-optional-locks", "-C", directory, "archive", "--format=tar", commit],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UsageError("git is needed to look at a commit, and isn't installed") from error
    if finished.returncode:
        raise UsageError(
            f"commit {commit[:12]} isn't to be had in {directory}",
            hint="git fetch may bring it there",
        )
    with TemporaryDirectory(prefix="caliban-") as folder:
        with tarfile.open(fileobj=BytesIO(finished.stdout)) as archive:
            archive.extractall(folder, filter="tar")
        yield Path(folder)
