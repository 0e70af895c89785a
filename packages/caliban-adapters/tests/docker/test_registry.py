"""A registry as the engine reaches it; against a real one in ``integration/test_pushing.py``."""

import socket
from contextlib import closing

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.registry import Registry, platform_name
from caliban_domain.errors import PlatformUnavailable
from caliban_domain.repositories import Repository


def test_platforms_have_the_names_that_docker_gives_them() -> None:
    assert platform_name({"os": "linux", "architecture": "arm64"}) == "linux/arm64"


@pytest.mark.integration
def test_a_registry_that_does_not_answer_may_come_back() -> None:
    with socket.socket() as taken, closing(connect()) as engine:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        repository = Repository(f"127.0.0.1:{taken.getsockname()[1]}", "oak")
        with pytest.raises(PlatformUnavailable, match="can't be reached"):
            Registry(engine, repository, {}).manifest(f"{repository}:latest")
