"""Whose session a container is, and what becomes of it when its process is killed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.session_owner import OWNER_LABEL, owner, remove_orphans

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


class Engine:
    """Lists containers, and notes which are removed."""

    def __init__(self, *containers: Mapping[str, Any]) -> None:
        self.listed = containers
        self.removed: list[str] = []

    def containers(self, **_: object) -> tuple[Mapping[str, Any], ...]:
        return self.listed

    def remove_container(self, name: str, **_: object) -> None:
        self.removed.append(name)


def killed() -> str:
    """What a process was called that is no more."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = owner(process.pid)
        process.kill()
    assert name
    return name


def container(name: str, by: str, *, kind: str = "notebook", state: str = "running") -> Any:
    labels = {"io.caliban.session": kind, OWNER_LABEL: by}
    return {"Id": name, "State": state, "Labels": labels}


def test_a_process_has_a_name_as_long_as_it_runs() -> None:
    name = owner()
    assert name == owner(os.getpid())
    assert owner(int(killed().split("/")[-2])) is None


def test_what_a_killed_process_left_is_removed_but_for_a_shell_in_use() -> None:
    mine, gone = str(owner()), killed()
    boot, space, uid, process, started = gone.split("/")
    engine: Any = Engine(
        container("lives", mine),
        container("orphan", gone),
        container("number given again", f"{mine.rpartition('/')[0]}/1"),
        container("shell in use", gone, kind="shell"),
        container("shell", gone, kind="shell", state="exited"),
        container("of another machine", f"elsewhere/{space}/{uid}/{process}/{started}"),
        container("of a container", f"{boot}/7/{uid}/{process}/{started}"),
        container("of somebody else", f"{boot}/{space}/4242/{process}/{started}"),
    )
    remove_orphans(engine)
    assert engine.removed == ["orphan", "number given again", "shell"]


@pytest.mark.integration
def test_an_engine_finds_them() -> None:
    base = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
    label = f"{OWNER_LABEL}={killed()}"
    words = ("docker", "run", "--detach", "--label", label, base, "sleep", "99")
    name = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    with connect() as engine:
        remove_orphans(engine)
    found = ("docker", "ps", "--all", "--quiet", "--filter", f"id={name}")
    assert subprocess.run(found, capture_output=True, text=True, check=True).stdout == ""
