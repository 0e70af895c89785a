"""Containers that were killed: by whom their state doesn't say, the engine's events do."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.memory_events import with_its_reason

pytestmark = pytest.mark.integration

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
LIMITS = ("--memory", "16m", "--memory-swap", "16m")


@pytest.fixture
def name() -> Iterator[str]:
    name = f"memory-events-{os.getpid()}"
    yield name
    subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)


def ended(name: str, script: str) -> dict[str, Any]:
    """What the engine says of a container with a limit that ran the script."""
    words = ("docker", "run", "--name", name, *LIMITS, BASE, "sh", "-c", script)
    subprocess.run(words, capture_output=True, check=False)
    with connect() as engine:
        inspected: dict[str, Any] = engine.inspect_container(name)
    # Which of the two ways is the quicker one is not for a test to say.
    inspected["State"]["OOMKilled"] = False
    return inspected


def told(inspected: Mapping[str, Any]) -> bool:
    with connect() as engine:
        return bool(with_its_reason(engine, inspected)["State"]["OOMKilled"])


def test_one_that_was_out_of_memory_is_known_by_an_event(name: str) -> None:
    assert told(ended(name, "exec python3 -c 'bytearray(10**9)'"))


def test_one_that_somebody_killed_was_not(name: str) -> None:
    assert not told(ended(name, "kill -KILL $$; exit 137"))


def test_one_without_a_limit_or_another_end_is_not_asked_about(name: str) -> None:
    inspected = ended(name, "exit 1")
    engine: Any = None
    assert with_its_reason(engine, inspected) == inspected
    inspected["State"]["ExitCode"] = 137
    inspected["HostConfig"]["Memory"] = 0
    assert with_its_reason(engine, inspected) == inspected
