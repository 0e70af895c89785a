"""The world as a command finds it."""

import os
import pwd
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from caliban_cli.environment import Environment, read_environment


def with_variables(monkeypatch: pytest.MonkeyPatch, **variables: str | None) -> Environment:
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return read_environment()


def test_it_says_where_and_by_whom_a_command_runs(project: Path, home: Path) -> None:
    environment = read_environment()
    assert (environment.cwd, environment.home, environment.user) == (project, home, "totoro")
    assert (environment.uid, environment.gid) == (os.getuid(), os.getgid())
    assert environment.host == os.uname().nodename
    assert environment.shows_terminal is False


def test_state_and_cache_lie_where_the_variables_say(home: Path) -> None:
    environment = read_environment()
    assert environment.state_directory == home / "state/caliban"
    assert environment.cache_directory == home / "cache/caliban"


@pytest.mark.parametrize("ignored", [None, "", "state", "./state", "~/state", "../state"])
def test_a_relative_path_in_them_is_ignored(
    home: Path, monkeypatch: pytest.MonkeyPatch, ignored: str | None
) -> None:
    environment = with_variables(monkeypatch, XDG_STATE_HOME=ignored, XDG_CACHE_HOME=ignored)
    assert environment.state_directory == home / ".local/state/caliban"
    assert environment.cache_directory == home / ".cache/caliban"


def test_the_name_of_the_user_is_found_somewhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.exists()
    assert with_variables(monkeypatch, LOGNAME="mei", USER="satsuki").user == "mei"
    assert with_variables(monkeypatch, LOGNAME="", USER="satsuki").user == "satsuki"
    of_uid = with_variables(monkeypatch, LOGNAME=None, USER=None).user
    assert of_uid == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_any_name_is_called_by_number(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.exists()
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    assert with_variables(monkeypatch, LOGNAME=None, USER=None).user == "987654321"


def test_it_is_a_snapshot(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = with_variables(monkeypatch, COLOUR="green")
    monkeypatch.setenv("COLOUR", "blue")
    assert environment.variables["COLOUR"] == "green"
    with pytest.raises(FrozenInstanceError):
        environment.home = home  # type: ignore[misc]
