"""Containers that a person works in: how they are created, and that they go."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

import pytest

from caliban_adapters.docker.containers import ContainerSettings, Mount
from caliban_adapters.docker.sessions import Session, create_command, created, with_folders
from caliban_domain.errors import PlatformError, SubmissionRejected
from caliban_domain.images import ImageRef

BASE = ImageRef(os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12"))
KIND = f"test-{os.getpid()}"
SETTINGS = ContainerSettings(
    command=("sh", "-c", "exit 7"),
    user="1000:1001",
    environment={"COLUMNS": "100", "LINES": "30", "USER": "ada"},
    run_args=("--network", "none"),
)


def session(*command: str, run_args: tuple[str, ...] = ("--network", "none")) -> Session:
    settings = ContainerSettings(command=command, environment={}, run_args=run_args)
    return Session(kind=KIND, image=BASE, settings=settings)


def left() -> list[str]:
    words = ("docker", "ps", "--all", "--quiet", "--filter", f"label=io.caliban.session={KIND}")
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


@contextmanager
def nothing_left() -> Iterator[None]:
    yield
    assert left() == []


def test_a_session_gets_secrets_only_for_a_tracking_server_and_on_no_command_line() -> None:
    secret = {"MLFLOW_TRACKING_PASSWORD": "acorn"}
    untracked = replace(SETTINGS, tracking_secrets=secret)
    tracked = replace(untracked, environment={"MLFLOW_TRACKING_URI": "http://mlflow:5000"})
    commands = [
        create_command(Session(kind=KIND, image=BASE, settings=settings), "name")
        for settings in (tracked, untracked)
    ]
    assert [command.env for command in commands] == [secret, {}]
    assert "MLFLOW_TRACKING_PASSWORD" in commands[0].argv
    assert "acorn" not in str(commands[0].argv)


def test_a_server_is_published_on_this_machine_alone_and_its_token_is_not_shown() -> None:
    secrets = {"TOKEN": "hidden"}
    asked = Session(kind="notebook", image=BASE, settings=SETTINGS, port=8888, secrets=secrets)
    command = create_command(asked, "name")
    assert command.argv == (
        *("docker", "create", "--init", "--name", "name"),
        *("--label", "io.caliban.session=notebook"),
        *("--workdir", "/usr/app"),
        *("--publish", "127.0.0.1:8888:8888"),
        *("--env", "TOKEN"),
        *("--user", "1000:1001"),
        *("--env", "COLUMNS=100", "--env", "LINES=30", "--env", "USER=ada"),
        *("--network", "none"),
        *("--tty=false", "--entrypoint", "sh"),
        *(BASE.reference, "-c", "exit 7"),
    )
    assert command.env == secrets


def test_a_terminal_tells_its_size_itself() -> None:
    asked = Session(kind="shell", image=BASE, settings=SETTINGS, interactive=True, terminal=True)
    argv = create_command(asked, "name").argv
    assert "--interactive" in argv
    assert "--tty=true" in argv
    assert "USER=ada" in argv
    assert "COLUMNS=100" not in argv


def test_project_and_home_are_mounted_beside_what_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    key = Mount(source="/key", target="/run/key", read_only=True)
    settings = ContainerSettings(environment={"A": "b"}, mounts=(key,))
    mounted = with_folders(settings, tmp_path, home=home, user="ada.l")
    assert mounted.mounts == (
        Mount(source=str(tmp_path), target="/usr/app"),
        Mount(source=str(home), target="/home/ada.l"),
        key,
    )
    assert mounted.environment == {"A": "b", "HOME": "/home/ada.l"}


@pytest.mark.parametrize("home", [None, Path("/"), Path("/no/such/home")])
def test_without_a_home_that_of_the_image_stays(tmp_path: Path, home: Path | None) -> None:
    settings = ContainerSettings(environment={})
    mounted = with_folders(settings, tmp_path, home=home, user="ada")
    assert [mount.target for mount in mounted.mounts] == ["/usr/app"]
    assert mounted.environment == {}


@pytest.mark.parametrize("user", ["..", "a/b", "", "a:b"])
def test_a_user_may_be_called_anything(tmp_path: Path, user: str) -> None:
    settings = ContainerSettings(environment={})
    mounted = with_folders(settings, tmp_path, home=tmp_path, user=user)
    assert mounted.environment == {"HOME": "/home/caliban"}


@pytest.mark.integration
def test_what_is_begun_is_heard_and_ends_with_its_exit_code() -> None:
    with (
        nothing_left(),
        TemporaryFile("w+") as output,
        created(session("sh", "-c", "echo $PWD; exit 7")) as container,
    ):
        container.begin(output)
        assert container.finish() == 7
        container.remove()
        output.seek(0)
        assert output.read() == "/usr/app\n"
        assert container.is_over


@pytest.mark.integration
def test_a_port_that_another_program_took_meanwhile_is_told() -> None:
    with (
        nothing_left(),
        socket.create_server(("127.0.0.1", 0)) as listener,
        TemporaryFile("w+") as output,
        created(replace(session("true", run_args=()), port=listener.getsockname()[1])) as container,
    ):
        assert not container.begin(output)


@pytest.mark.integration
def test_what_lasts_can_be_stopped() -> None:
    with nothing_left(), TemporaryFile("w+") as output, created(session("sleep", "99")) as it:
        it.begin(output)
        assert not it.is_over
        it.stop()
        assert it.finish() == 143


@pytest.mark.integration
def test_nothing_is_left_where_something_goes_wrong() -> None:
    def interrupted() -> NoReturn:
        with TemporaryFile("w+") as output, created(session("sleep", "99")) as container:
            container.begin(output)
            assert left()
            raise KeyboardInterrupt

    with nothing_left(), pytest.raises(KeyboardInterrupt):
        interrupted()


@pytest.mark.integration
def test_what_docker_refuses_is_told_in_its_words() -> None:
    refused = pytest.raises(SubmissionRejected, match="docker create refused: unknown flag: --foo")
    with nothing_left(), refused, created(session("true", run_args=("--foo",))):
        pass


@pytest.mark.integration
def test_what_cannot_start_is_told_in_the_words_of_the_engine() -> None:
    device = ("--network", "none", "--device", "/dev/no-such-device")
    with (
        nothing_left(),
        TemporaryFile("w+") as output,
        created(session("true", run_args=device)) as container,
    ):
        with pytest.raises(PlatformError, match="no-such-device"):
            container.begin(output)
        with pytest.raises(SubmissionRejected, match="no-such-device"):
            container.converse()
