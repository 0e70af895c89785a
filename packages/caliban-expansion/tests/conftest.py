"""The ``expansion`` command in process, and in real pipes."""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from caliban_expansion.main import main

_IN_BASH = """\
expansion() { "$PYTHON" -m caliban_expansion.main "$@"; }
set -o pipefail
"""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str


class Expansion(Protocol):
    """Runs ``expansion`` in an empty directory, once the files are written to it."""

    def __call__(
        self, *words: str, files: Mapping[str, str | bytes] = ..., stdin: str | bytes = ...
    ) -> Finished: ...


class Bash(Protocol):
    """Runs a line of bash that knows the command, in a directory with the files."""

    def __call__(self, line: str, files: Mapping[str, str | bytes] = ...) -> Finished: ...


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test starts no program and opens no connection, unless it asks for ``bash``."""
    if "integration" in request.keywords or "bash" in request.fixturenames:
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a unit test starts no program and opens no connection")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(os, "system", refuse)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty directory that the command runs in; the home is another one."""
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def expansion(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Expansion:
    def run(
        *words: str, files: Mapping[str, str | bytes] | None = None, stdin: str | bytes = b""
    ) -> Finished:
        _write(directory, files or {})
        typed = io.BytesIO(_bytes(stdin))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(typed, encoding="utf-8"))
        try:
            exit_code = main(words)
        except SystemExit as leaving:  # the way in which argparse shows help
            exit_code = int(leaving.code or 0)
        stdout, stderr = capsysbinary.readouterr()
        return Finished(exit_code=exit_code, stdout=stdout.decode(), stderr=stderr.decode())

    return run


@pytest.fixture
def bash(directory: Path) -> Bash:
    def run(line: str, files: Mapping[str, str | bytes] | None = None) -> Finished:
        _write(directory, files or {})
        finished = subprocess.run(
            ["bash", "-c", _IN_BASH + line],
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": sys.executable,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Finished(
            exit_code=finished.returncode, stdout=finished.stdout, stderr=finished.stderr
        )

    return run


def _write(directory: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (directory / name).write_bytes(_bytes(content))


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
