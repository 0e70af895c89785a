"""``caliban shell`` up to the container that it opens; integration/test_shell.py goes in."""

from pathlib import Path
from typing import NoReturn

import pytest

from caliban_cli import wiring
from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252

KEY = {"key.json": '{"type": "service_account"}'}


@pytest.mark.parametrize("exit_code", [0, 7, 255])
def test_the_exit_code_is_that_of_the_shell(
    caliban: Caliban, backstage: Backstage, exit_code: int
) -> None:
    backstage.sessions.exit_code = exit_code
    assert caliban("shell", "--nogpu").exit_code == exit_code


def test_the_greeting_tells_where_one_is(
    caliban: Caliban, backstage: Backstage, project: Path, home: Path
) -> None:
    finished = caliban("shell", "--nogpu", "--cloud_key", "key.json", files=KEY)
    assert backstage.sessions.opened
    assert finished.stdout == ""
    assert finished.stderr.splitlines() == [
        f"caliban shell of {project} in image 0f6d8a3ddbee (CPU)",
        f"  /usr/app is {project}",
        f"  /home/totoro is {home}",
        f"  /run/secrets/caliban/key.json is {project}/key.json, read-only",
        "exit ends it; what you write to these folders stays, all else goes",
    ]


def test_a_bare_shell_leaves_the_home_outside(caliban: Caliban, backstage: Backstage) -> None:
    finished = caliban("shell", "--nogpu", "--bare")
    assert "/home/totoro" not in finished.stderr
    (opened,) = backstage.sessions.opened
    assert [mount.target for mount in opened.settings.mounts] == ["/usr/app"]


def test_a_shell_knows_the_projects_tracking_server(caliban: Caliban, backstage: Backstage) -> None:
    config = '{"mlflow_config": {"tracking_uri": "http://localhost:5000"}}'
    finished = caliban("shell", "--nogpu", files={".calibanconfig.json": config})
    (opened,) = backstage.sessions.opened
    assert opened.settings.environment["MLFLOW_TRACKING_URI"] == "http://localhost:5000"
    assert "no container reaches http://localhost:5000" in finished.stderr


def test_the_image_holds_dependencies_and_no_code(caliban: Caliban, backstage: Backstage) -> None:
    caliban("shell", "--nogpu", files={"requirements.txt": "six", "train.py": ""})
    (spec,) = backstage.images.built
    assert (spec.mode, spec.folder, spec.packages) == (JobMode.CPU, None, ())
    assert spec.requirements == ("requirements.txt",)


def test_an_image_that_is_named_is_used_as_it_is(caliban: Caliban, backstage: Backstage) -> None:
    assert caliban("shell", "--nogpu", "--image_id", "abc").exit_code == 0
    assert backstage.images.built == []
    assert backstage.sessions.opened[0].image.reference == "abc"


@pytest.mark.parametrize(
    ("flags", "variable", "shells"),
    [
        ((), None, ("bash", "bash")),
        ((), "/bin/bash", ("bash", "bash")),
        ((), "/usr/bin/zsh", ("zsh", "bash")),
        ((), "/usr/bin/fish", ("bash", "bash")),
        (("--shell", "zsh"), "/bin/bash", ("zsh", "")),
        (("--shell", "bash"), "/bin/zsh", ("bash", "")),
    ],
)
def test_the_shell_is_the_one_chosen_or_the_usual_one(
    caliban: Caliban,
    backstage: Backstage,
    flags: tuple[str, ...],
    variable: str | None,
    shells: tuple[str, str],
) -> None:
    caliban("shell", "--nogpu", *flags, env={"SHELL": variable} if variable else {})
    assert backstage.sessions.opened[0].settings.command[-2:] == shells


def test_what_is_piped_in_gets_no_terminal(caliban: Caliban, backstage: Backstage) -> None:
    caliban("shell", "--nogpu", stdin="exit 3\n")
    assert backstage.sessions.opened[0].terminal is False


@pytest.mark.integration
def test_arguments_for_docker_reach_the_container(caliban: Caliban, backstage: Backstage) -> None:
    caliban("shell", "--nogpu", "--docker_run_args", "-v '/my data:/data'")
    assert backstage.sessions.opened[0].settings.run_args == ("-v", "/my data:/data")


@pytest.mark.parametrize(
    "flags",
    [
        ("--cloud_key", "nothing.json"),
        ("--docker_run_args", "'"),
        ("--docker_run_args", "--rm"),
        ("--shell", "fish"),
        ("module",),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(
    caliban: Caliban, backstage: Backstage, flags: tuple[str, ...]
) -> None:
    finished = caliban("shell", "--nogpu", *flags)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint
    assert (backstage.images.built, backstage.sessions.opened) == ([], [])


def test_a_machine_without_gpus_is_told_before_anything_is_built(
    caliban: Caliban, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> NoReturn:
        raise UsageError("the Docker engine offers no GPU")

    monkeypatch.setattr(wiring, "require_gpus", refuse)
    assert caliban("shell").exit_code == 2
    assert backstage.images.built == []
