"""The client of last time is taken again, unless something came or went."""

from pathlib import Path

import pytest

from caliban_adapters.docker.commands import Client
from caliban_adapters.docker.last_client import known_client

WITH_PLUGIN = "#!/bin/sh\necho asked >> {asked}\n"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has a line for each time that a client was asked something."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    (tmp_path / "bin").mkdir()
    asked = tmp_path / "asked"
    asked.touch()
    return asked


def install(tmp_path: Path, asked: Path) -> Client:
    program = tmp_path / "bin/docker"
    program.write_text(WITH_PLUGIN.format(asked=asked))
    program.chmod(0o755)
    return Client(str(program), has_buildx=True)


def test_a_client_is_asked_once(tmp_path: Path, asked: Path) -> None:
    client = install(tmp_path, asked)
    assert known_client(tmp_path / "cache") == client
    before = asked.read_text()
    assert before
    assert known_client(tmp_path / "cache") == client
    assert asked.read_text() == before


def test_a_new_plugin_makes_one_ask_again(tmp_path: Path, asked: Path) -> None:
    client = install(tmp_path, asked)
    known_client(tmp_path / "cache")
    before = asked.read_text()
    (tmp_path / "config/cli-plugins").mkdir()
    assert known_client(tmp_path / "cache") == client
    assert len(asked.read_text()) > len(before)


def test_none_is_not_remembered(tmp_path: Path, asked: Path) -> None:
    assert known_client(tmp_path / "cache") is None
    assert known_client(tmp_path / "cache") is None
    assert install(tmp_path, asked) == known_client(tmp_path / "cache")


@pytest.mark.parametrize("content", ["", "{}", '{"seen": 1}', "[]"])
def test_a_note_that_says_nothing_is_no_note(tmp_path: Path, asked: Path, content: str) -> None:
    client = install(tmp_path, asked)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/docker-client.json").write_text(content)
    assert known_client(tmp_path / "cache") == client
