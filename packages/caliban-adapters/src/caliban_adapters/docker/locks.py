"""Files that all of a person's commands on a machine agree on, to do one thing at a time."""

import fcntl
from pathlib import Path
from typing import IO


def locked(path: Path) -> IO[str]:
    """The file, opened and locked as soon as nobody else has it; closing it lets go.

    A process that dies lets go too. Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except BaseException:
        file.close()
        raise
    return file
