"""Listening to a container of the real engine from before its start to its end."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from caliban_adapters.docker.attaching import attach, heard
from caliban_adapters.docker.engine import connect

pytestmark = pytest.mark.integration

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
_NAME = f"attaching-test-{os.getpid()}"

Listen = Callable[[str], bytes]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Runs a script in a container, and gives back what was heard of it."""
    with closing(connect()) as engine:

        def run(script: str) -> bytes:
            body = {"Image": BASE, "Cmd": ["bash", "-c", script], "HostConfig": {"Init": True}}
            engine.create_container_from_config(body, _NAME)
            with attach(engine, _NAME) as attached:
                engine.start(_NAME)
                return b"".join(heard(attached))

        yield run
    subprocess.run(["docker", "rm", "--force", _NAME], capture_output=True, check=True)


def test_both_outputs_are_heard(listen: Listen) -> None:
    assert sorted(listen("echo out; echo err >&2").splitlines()) == [b"err", b"out"]


def test_a_container_that_says_nothing_is_heard_to_its_end(listen: Listen) -> None:
    assert listen("true") == b""


def test_bytes_arrive_as_they_are(listen: Listen) -> None:
    assert listen(r"printf '\377\000\r\033[1m'") == b"\xff\x00\r\x1b[1m"


def test_a_long_output_arrives_whole(listen: Listen) -> None:
    assert len(listen("head -c 3000000 /dev/zero")) == 3_000_000


def test_a_script_that_redirects_its_output_is_heard_until_it_ends(listen: Listen) -> None:
    assert listen("echo begun; exec > /dev/null 2>&1; cat /proc/self/stat") == b"begun\n"
