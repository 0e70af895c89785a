"""What the integration tests stand on: a project, a home, and an experiment group of their own."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.kubernetes.server import Cluster
from fakes.kubernetes.server import serve as serve_cluster
from fakes.server import Google, serve
from workplace import Workplace, containers_of, docker

_TRIED: Final = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TRIED] = Counter()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs a part of the tests tells the one that prints what it has tried."""
    if told := getattr(session.config, "workeroutput", None):
        tried: Counter[str] = session.config.stash[_TRIED]
        told["tried"] = dict(tried)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    tried: Counter[str] = node.config.stash[_TRIED]
    tried.update(node.workeroutput.get("tried", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if tried := config.stash[_TRIED]:
        each = ", ".join(f"{name} {times}" for name, times in tried.items())
        terminalreporter.write_line(f"faults tried: {tried.total()} ({each})")


@pytest.fixture
def tried(pytestconfig: pytest.Config) -> Counter[str]:
    """Counts the faults that tests let happen; the summary shows it."""
    return pytestconfig.stash[_TRIED]


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """An empty project and an empty home."""
    place = Workplace(project=tmp_path / "project", home=tmp_path / "home")
    place.project.mkdir()
    place.home.mkdir()
    return place


@pytest.fixture
def group(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an experiment group that no other test uses; nothing of it is left behind."""
    name = f"test-{os.getpid()}-{abs(hash(request.node.nodeid)) % 10**8}"
    yield name
    if left := containers_of(name):
        docker("rm", "--force", "--volumes", *left)


@pytest.fixture
def google() -> Iterator[Google]:
    """Google's APIs on loopback, without jobs; ``google.environment`` leads caliban there."""
    with serve() as fake:
        yield fake


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Kubernetes cluster on loopback, without Jobs; ``cluster.kubeconfig`` leads there."""
    with serve_cluster(tmp_path_factory.mktemp("cluster")) as fake:
        yield fake
