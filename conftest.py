"""How all tests run: a shared idea of how many examples make a law, and contracts that explain."""

import os
import signal
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from postgres_server import PostgresServer, postgres_server, programs

pytest.register_assert_rewrite(
    "faults", "port_contracts", "private_engine", "registry_server", "workplace"
)

# What a shell runs in the background ignores interrupts, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

if slot := os.environ.get("CALIBAN_TEST_SLOT"):
    # Where several run side by side, each that starts would close the folder that they share.
    mine = Path(tempfile.gettempdir(), f"pytest-slot-{slot}")
    mine.mkdir(exist_ok=True)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(mine)

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault_seconds",
        type=float,
        default=60.0,
        help="how long to go on with letting things go wrong (integration/test_faults.py)",
    )
    parser.addoption(
        "--fault_seed", type=int, default=1, help="the seed of the first round of each fault"
    )


@pytest.fixture(scope="session", autouse=True)
def _everybody_may_look(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests act for other users too, who reach nothing below pytest's own folders otherwise."""
    base = tmp_path_factory.getbasetemp()
    for folder in (base, *base.parents):
        if folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the tests of this process."""
    if programs() is None:
        pytest.skip("no PostgreSQL server is installed; scripts/postgres says more")
    with postgres_server() as server:
        yield server


_numbers = count(1)


@pytest.fixture
def empty_postgres(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database that holds nothing."""
    name = f"empty-{next(_numbers)}"
    yield postgres.create(name)
    postgres.drop(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What only tests with an engine reach doesn't count as covered."""
    for item in items:
        if item.get_closest_marker("integration"):
            item.add_marker("no_cover")
