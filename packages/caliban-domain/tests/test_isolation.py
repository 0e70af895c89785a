"""The guard around the domain's tests: what would reach the world fails instead."""

import os
import socket
import subprocess
from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    "way_out",
    [
        socket.socket,
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: subprocess.run(["true"], check=False),
        lambda: os.system("true"),  # noqa: S605  it must not get that far
    ],
    ids=["socket", "connection", "program", "shell"],
)
def test_a_unit_test_cannot_reach_the_world(way_out: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="opens no socket and starts no program"):
        way_out()
