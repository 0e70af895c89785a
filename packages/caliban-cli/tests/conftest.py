"""The ``caliban`` command in process, with a project, a home and a clock of its own."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from caliban_cli.main import main
from fakes.server import Google, serve
from kubernetes_stub import Stub, kubeconfig, kubernetes_stub

from .backstage import Backstage

Files = Mapping[str, str | bytes]

_BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
_IN_BASH = """\
caliban() { "$PYTHON" -m caliban_cli.main "$@"; }
expansion() { "$PYTHON" -m caliban_expansion.main "$@"; }
set -o pipefail
"""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended. Bytes that are no text are kept as lone surrogates."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def complaint(self) -> str:
        """The first line on stderr, without the program's name."""
        first = self.stderr.partition("\n")[0]
        assert first.startswith("caliban: "), self.stderr
        return first.removeprefix("caliban: ")

    @property
    def hint(self) -> str:
        """The second and last line on stderr."""
        _, hint = self.stderr.splitlines()
        assert hint.startswith("hint: ")
        return hint.removeprefix("hint: ")


class Caliban(Protocol):
    """Runs ``caliban`` in the project directory, once the files are written to it."""

    def __call__(
        self,
        *words: str,
        files: Files = ...,
        stdin: str | bytes = ...,
        env: Mapping[str, str] = ...,
    ) -> Finished: ...


class Bash(Protocol):
    """Runs a line of bash that knows the commands, in the project directory with the files."""

    def __call__(self, line: str, files: Files = ...) -> Finished: ...


@pytest.fixture
def google() -> Iterator[Google]:
    """Google's APIs on loopback; ``google.environment`` leads caliban there."""
    with serve() as fake:
        yield fake


@pytest.fixture
def cluster(home: Path) -> Iterator[Stub]:
    """A Kubernetes cluster on loopback, which the current context of the home leads to."""
    with kubernetes_stub() as stub:
        (home / ".kube").mkdir()
        (home / ".kube" / "config").write_text(kubeconfig(stub.host))
        yield stub


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test starts no program and opens no connection, unless it asks for one."""
    if "integration" in request.keywords or {"bash", "google", "cluster"} & {*request.fixturenames}:
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a unit test starts no program and opens no connection")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(os, "system", refuse)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of a user called totoro, who lives in Berlin and has no Docker engine."""
    settings = {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "home/config"),
        "XDG_STATE_HOME": str(tmp_path / "home/state"),
        "XDG_CACHE_HOME": str(tmp_path / "home/cache"),
        "LOGNAME": "totoro",
        "USER": "totoro",
        "TZ": _BERLIN,
        "COLUMNS": "100",
        "DOCKER_HOST": f"unix://{tmp_path}/no-engine",
    }
    with monkeypatch.context() as patch:
        for variable, value in settings.items():
            patch.setenv(variable, value)
        for variable in (
            *("CALIBAN_BASE_IMAGE", "CALIBAN_DB_URL", "SHELL"),
            *("KUBECONFIG", "KUBERNETES_SERVICE_HOST"),
            *("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"),
        ):
            patch.delenv(variable, raising=False)
        time.tzset()
        (tmp_path / "home").mkdir()
        yield tmp_path / "home"
    time.tzset()


@pytest.fixture
def project(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty project directory that commands run in, beside the home."""
    directory = home.parent / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def caliban(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Caliban:
    def run(
        *words: str,
        files: Files | None = None,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        write(project, files or {})
        typed = io.TextIOWrapper(io.BytesIO(_bytes(stdin)), encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", typed)
            patch.setattr(sys, "excepthook", sys.excepthook)  # which main replaces
            for variable, value in (env or {}).items():
                patch.setenv(variable, value)
            exit_code = main(words)
        stdout, stderr = (
            text.decode(errors="surrogateescape") for text in capsysbinary.readouterr()
        )
        return Finished(exit_code=exit_code, stdout=stdout, stderr=stderr)

    return run


@pytest.fixture
def backstage(monkeypatch: pytest.MonkeyPatch) -> Backstage:
    """Puts an engine and a history in memory in the places of the real ones."""
    behind = Backstage()
    behind.take_over(monkeypatch)
    return behind


@pytest.fixture
def bash(project: Path) -> Bash:
    def run(line: str, files: Files | None = None) -> Finished:
        write(project, files or {})
        real = {"PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join(sys.path)}
        finished = subprocess.run(
            ["bash", "-c", _IN_BASH + line],
            env={**os.environ, **real, "PYTHONUNBUFFERED": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
        return Finished(
            exit_code=finished.returncode, stdout=finished.stdout, stderr=finished.stderr
        )

    return run


def write(directory: Path, files: Files) -> None:
    """Write the files below the directory; a name that ends in a slash makes a directory."""
    for name, content in files.items():
        path = directory / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(content))


def everything_below(*directories: Path) -> dict[Path, bytes | None]:
    """Every file with its content, and every directory."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for directory in directories
        for path in directory.rglob("*")
    }


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
