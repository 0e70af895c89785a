"""How the history's tests run: in databases of their own, and in processes that begin together."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from caliban_adapters.sql.engine import Database, open_database
from caliban_adapters.sql.schema import prepare
from postgres_server import PostgresServer


class AtOnce(Protocol):
    """Runs a program in one process for each list of words, and returns what each has printed.

    A program that prints ``ready`` and calls ``input()`` goes on when all have come so far.
    """

    def __call__(self, program: str, *calls: Sequence[object]) -> list[str]: ...


@pytest.fixture
def at_once() -> AtOnce:
    def run(program: str, *calls: Sequence[object]) -> list[str]:
        with ExitStack() as running:
            processes = [
                running.enter_context(started(sys.executable, "-c", program, *words))
                for words in calls
            ]
            for process in processes:
                running.callback(process.kill)
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            printed = [process.communicate()[0] for process in processes]
            assert [process.returncode for process in processes] == [0] * len(calls)
            return printed

    return run


class Alone(Protocol):
    """Runs a program with the rights of an ordinary person, and returns what it has printed."""

    def __call__(self, program: str, *words: object) -> str: ...


@pytest.fixture
def alone() -> Alone:
    ordinary: tuple[str, ...] = ()
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to change that")
        ordinary = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")

    def run(program: str, *words: object) -> str:
        with started(*ordinary, sys.executable, "-c", program, *words) as process:
            printed, _ = process.communicate()
        assert process.returncode == 0
        return printed

    return run


def started(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(word) for word in words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history that was made and never used."""
    file = tmp_path_factory.mktemp("made") / "history.db"
    database = open_database(file)
    prepare(database)
    database.close()
    return file


@pytest.fixture
def file(made_once: Path, tmp_path: Path) -> Path:
    """The file of an empty history: a copy, since making one takes a while."""
    return Path(shutil.copy(made_once, tmp_path / "history.db"))


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    """The database of an empty history."""
    database = open_database(file)
    yield database
    database.close()


_numbers = count(1)


@pytest.fixture(scope="session")
def made_on_server(postgres: PostgresServer) -> str:
    """The name of a history on the server that was made and never used."""
    database = open_database(postgres.create("made"))
    prepare(database)
    database.close()
    return "made"


@pytest.fixture
def on_server(postgres: PostgresServer, made_on_server: str) -> Iterator[str]:
    """The URL of an empty history on the server."""
    name = f"history-{next(_numbers)}"
    yield postgres.create(name, template=made_on_server)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty history, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}"
    found: str = request.getfixturevalue("on_server")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that holds nothing, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/home/state/caliban/history.db"
    found: str = request.getfixturevalue("empty_postgres")
    return found
