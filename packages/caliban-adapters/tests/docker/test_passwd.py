"""What is added to a container's files of users, and that a container then knows its own."""

import os
import subprocess
import uuid

import pytest

from caliban_adapters.docker.containers import ContainerSettings
from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.passwd import Introductions, User, user_of, with_user

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
ADA = User(uid=1815, gid=1852, name="ada", home="/home/ada")
FILES = {"passwd": b"root:x:0:0:root:/root:/bin/bash\n", "group": b"root:x:0:\nstaff:x:50:\n"}


def settings(*run_args: str, user: str | None = "1815:1852", **variables: str) -> ContainerSettings:
    return ContainerSettings(user=user, environment=variables, run_args=run_args)


def test_an_entry_is_added_for_the_user_and_the_group() -> None:
    assert with_user(FILES, ADA) == {
        "passwd": FILES["passwd"] + b"ada:x:1815:1852::/home/ada:/bin/sh\n",
        "group": FILES["group"] + b"ada:x:1852:\n",
    }


def test_whom_a_file_knows_is_left_as_it_is() -> None:
    root = User(uid=0, gid=50, name="grace", home="/home/grace")
    assert with_user(FILES, root) == {}
    assert list(with_user(FILES, User(uid=0, gid=51, name="grace", home="/"))) == ["group"]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("root", b"caliban:"),
        ("a:b", b"caliban:"),
        ("a\nroot::0:0", b"caliban:"),
        ("", b"caliban:"),
        ("987654321", b"987654321:"),
        ("ünï", "ünï:".encode()),
    ],
)
def test_a_name_that_is_taken_or_unfit_gives_way(name: str, entry: bytes) -> None:
    user = User(uid=7, gid=7, name=name, home="/home/caliban")
    for content in with_user(FILES, user).values():
        assert content.splitlines()[-1].startswith(entry)


def test_even_the_name_that_gives_way_can_be_taken() -> None:
    files = {"passwd": b"caliban:x:1:1:::\nroot:x:0:0:::", "group": b""}
    user = User(uid=7, gid=7, name="root", home="/")
    assert with_user(files, user)["passwd"].splitlines()[1:] == [
        b"root:x:0:0:::",
        b"caliban-0:x:7:7::/:/bin/sh",
    ]


def test_numbers_but_those_of_root_need_a_name() -> None:
    assert user_of(settings(), None) is None
    assert user_of(settings(), "daemon:1") is None
    assert user_of(settings(), "0") is user_of(settings(), "0:0") is None
    nobody = User(uid=5, gid=0, name="caliban", home="/home/caliban")
    assert user_of(settings(), "5") == nobody
    ada = user_of(settings(USER="ada", HOME="/home/ada"), "1815:1852")
    assert ada == ADA


@pytest.mark.integration
@pytest.mark.parametrize(
    "run_args", [(), ("--user", "1815:1852"), ("--read-only",)], ids=["settings", "flag", "sealed"]
)
def test_a_container_knows_its_user_where_it_can_be_written_to(run_args: tuple[str, ...]) -> None:
    container = f"passwd-test-{uuid.uuid4().hex[:12]}"
    words = (
        "--user",
        "1815:1852",
        *run_args,
        BASE,
        "sh",
        "-c",
        "id -un; id -gn; ls -l /etc/passwd",
    )
    docker("create", "--name", container, *words)
    try:
        with connect() as engine:
            made = settings(*run_args, user=None if run_args else "1815:1852", USER="ada")
            Introductions(made).introduce(engine, container, BASE)
        shown = docker("start", "--attach", container)
    finally:
        docker("rm", "--force", container)
    known = "--read-only" not in run_args
    assert shown.startswith("ada\nada\n-rw-r--r-- 1 root root") == known


def docker(*words: str) -> str:
    finished = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    return finished.stdout
