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

    def containers(self, **filters: Any) -> list[Mapping[str, Any]]:
        if filters:
            return [each for each in self.listed if OWNER_LABEL in each["Labels"]]
        return [each for each in self.listed if each["State"] == "running"]

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
    return {"Id": name, "State": state, "Labels": labels, "HostConfig": {"NetworkMode": "default"}}


def job(state: str, *, network: str) -> Any:
    return {"State": state, "Labels": {}, "HostConfig": {"NetworkMode": f"container:{network}"}}


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


def test_a_network_is_removed_once_no_running_job_uses_it() -> None:
    gone = killed()
    running, ended = job("running", network="used"), job("exited", network="not used any more")
    engine: Any = Engine(
        container("used", gone, kind="network"),
        container("not used any more", gone, kind="network"),
        container("of a command that lives", str(owner()), kind="network"),
        running,
        ended,
    )
    remove_orphans(engine)
    assert engine.removed == ["not used any more"]


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
