"""A registry as the engine reaches it; against a real one in ``integration/test_pushing.py``."""

import socket
from contextlib import closing

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.registry import PushProgress, Registry, platform_name
from caliban_domain.errors import PlatformUnavailable
from caliban_domain.repositories import Repository


def test_platforms_have_the_names_that_docker_gives_them() -> None:
    assert platform_name({"os": "linux", "architecture": "arm64"}) == "linux/arm64"


def test_a_long_push_is_told_of_now_and_then() -> None:
    said: list[str] = []
    moments = iter([0.0, 1.0, 6.0, 6.0, 7.0])
    progress = PushProgress(said.append, lambda: next(moments))
    for layer, current, total in (("a", 1, 200), ("b", 30, 100), ("a", 250, 200)):
        detail = {"current": current * 1_000_000, "total": total * 1_000_000}
        progress.hear({"status": "Pushing", "id": layer, "progressDetail": detail})
    progress.hear({"status": "Pushed", "id": "a", "progressDetail": {}})
    progress.hear({"progressDetail": {}, "aux": {"Digest": "sha256:0"}})
    assert said == ["sent 31 of 300 MB", "a: pushed"]


@pytest.mark.integration
def test_a_registry_that_does_not_answer_may_come_back() -> None:
    with socket.socket() as taken, closing(connect()) as engine:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        repository = Repository(f"127.0.0.1:{taken.getsockname()[1]}", "oak")
        with pytest.raises(PlatformUnavailable, match="can't be reached"):
            Registry(engine, repository, {}).manifest(f"{repository}:latest")
