"""Finding a docker client that builds with BuildKit among those on PATH."""

from pathlib import Path

import pytest

from caliban_adapters.docker.client import find_client, has_buildkit, require_client
from caliban_adapters.docker.commands import Client
from caliban_domain.errors import UsageError


@pytest.mark.parametrize(
    "version", ["18.09.0", "19.03.15", "20.10.24+dfsg1", "22.6.0-beta", " 20.10\n"]
)
def test_older_clients_have_buildkit_built_in(version: str) -> None:
    assert has_buildkit(version)


@pytest.mark.parametrize("version", ["17.12.1-ce", "18.06.3", "23.0.0", "28.2.2", "", "dev", "20"])
def test_others_have_not(version: str) -> None:
    assert not has_buildkit(version)


def client(folder: Path, *, version: str, buildx: bool = False) -> str:
    """A program that answers as a docker client of that version does where no engine runs."""
    folder.mkdir()
    program = folder / "docker"
    plugin = "exit 0" if buildx else "exit 1"
    program.write_text(
        f'#!/bin/sh\ncase "$1" in buildx) {plugin};; version) echo "{version}"; exit 1;; esac\n'
    )
    program.chmod(0o755)
    return str(program)


def on_path(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    monkeypatch.setenv("PATH", ":".join(str(Path(program).parent) for program in programs))


def test_a_client_without_buildkit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = client(tmp_path / "new", version="28.2.2")
    old = client(tmp_path / "old", version="20.10.24+dfsg1")
    on_path(monkeypatch, new, old)
    assert find_client() == Client(old)


def test_a_client_with_the_plugin_comes_before_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = client(tmp_path / "old", version="20.10.24+dfsg1")
    new = client(tmp_path / "new", version="28.2.2", buildx=True)
    on_path(monkeypatch, old, new)
    assert find_client() == Client(new, has_buildx=True)


def test_there_may_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").touch()
    on_path(monkeypatch, str(tmp_path / "docker"), client(tmp_path / "new", version="28.2.2"))
    assert find_client() is None
    with pytest.raises(UsageError, match="build_time_credentials needs BuildKit"):
        require_client()


def test_one_that_is_there_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = client(tmp_path / "old", version="20.10.24+dfsg1")
    on_path(monkeypatch, old)
    assert require_client() == Client(old)
