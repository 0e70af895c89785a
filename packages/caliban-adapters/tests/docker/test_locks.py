"""A lock is one process's at a time, and nobody's when that process is gone."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from caliban_adapters.docker.locks import locked


def is_taken(path: Path) -> bool:
    with path.open("w") as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_lock_is_taken_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    with locked(path):
        assert is_taken(path)
    assert not is_taken(path)


def test_a_process_that_dies_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    dying = (
        "import os, pathlib, sys; from caliban_adapters.docker.locks import locked; "
        "held = locked(pathlib.Path(sys.argv[1])); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", dying, path], check=True)
    assert not is_taken(path)


def test_a_place_for_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        locked(tmp_path / "file" / "lock")
