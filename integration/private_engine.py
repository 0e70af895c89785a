"""A Docker engine that belongs to one test session, so that it may be killed and started again."""

import os
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from workplace import BASE_IMAGE

HOLDER = "caliban-network-"  # how the names of containers begin that hold a network for jobs

_PATIENCE = 60.0  # seconds
_BRIDGE = f"caliban{os.getpid() % 10**8}"  # an interface's name has at most 15 characters
_SUBNET = "198.18.0.1/24"  # of the range for tests of networks (RFC 2544)
_EVENTS = "{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}"


@dataclass
class Life:
    """What an engine told of one container since it was created."""

    starts: int = 0
    exit_codes: list[int] = field(default_factory=list)


class PrivateEngine:
    """A dockerd of its own: data, socket and containerd below one folder.

    Its containers have a network that leads nowhere, so that no firewall rule has to be touched.
    """

    def __init__(self, folder: Path) -> None:
        self.was_killed = False
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def host(self) -> str:
        return f"unix://{self._folder}/engine.sock"

    def __enter__(self) -> Self:
        _ip("link", "add", "name", _BRIDGE, "type", "bridge")
        _ip("addr", "add", _SUBNET, "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if left := self.containers():
            self.docker("rm", "--force", *left)
        self.stop()
        _ip("link", "delete", _BRIDGE)
        # One that was killed has left its mounts; and nobody looks at its images again.
        for mounted in ("data", "exec"):
            while not subprocess.run(
                ["umount", "-R", self._path(mounted)], stderr=subprocess.DEVNULL, check=False
            ).returncode:
                pass
        shutil.rmtree(self._folder / "data")

    def start(self) -> None:
        self._log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [
                *("dockerd", "--host", self.host, "--data-root", self._path("data")),
                *("--exec-root", self._path("exec"), "--pidfile", self._path("pid")),
                *("--bridge", _BRIDGE, "--iptables=false", "--ip-masq=false"),
            ],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._await_answer()
        with (self._folder / "events").open("ab") as events:
            self._listener = subprocess.Popen(
                [
                    *("docker", "--host", self.host, "events"),
                    *("--filter", "type=container", "--format", _EVENTS),
                ],
                stdout=events,
                stderr=subprocess.DEVNULL,
            )

    def load_base_image(self) -> None:
        with subprocess.Popen(["docker", "save", BASE_IMAGE], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "--host", self.host, "load", "--quiet"],
                stdin=saved.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )

    def kill(self) -> None:
        """End it as the kernel does when memory is short: at once, with its containerd."""
        assert self._process
        self.was_killed = True
        os.killpg(self._process.pid, signal.SIGKILL)
        self._end()
        # Left behind, these keep the next engine from starting.
        for leftover in ("pid", "exec/containerd/containerd.pid"):
            (self._folder / leftover).unlink(missing_ok=True)

    def stop(self) -> None:
        assert self._process
        self._process.terminate()
        self._end()

    def docker(self, *words: str) -> str:
        finished = subprocess.run(
            ["docker", "--host", self.host, *words], capture_output=True, text=True, check=True
        )
        return finished.stdout

    def await_ends(self) -> None:
        """Wait until no container of a job runs; some may be on their way out already."""
        jobs = [name for name in self.containers(running=True) if not name.startswith(HOLDER)]
        argv = ["docker", "--host", self.host, "wait", *jobs]
        subprocess.run(argv, capture_output=True, check=False)

    def containers(self, *, running: bool = False) -> list[str]:
        everything = [] if running else ["--all"]
        return self.docker("ps", "--format", "{{.Names}}", *everything).split()

    def lives(self) -> dict[str, Life]:
        """Every container that was ever started, by name."""
        lives: dict[str, Life] = defaultdict(Life)
        for line in (self._folder / "events").read_text().splitlines():
            action, name, *exit_code = line.split(" ")
            if action == "start":
                lives[name].starts += 1
            elif action == "die":
                lives[name].exit_codes.append(int(exit_code[0]))
        return lives

    def _path(self, name: str) -> str:
        return str(self._folder / name)

    def _end(self) -> None:
        for process in (self._process, self._listener):
            if process:
                process.wait(_PATIENCE)
        if self._log:
            self._log.close()

    def _await_answer(self) -> None:
        asked: Sequence[Any] = ["docker", "--host", self.host, "version"]
        deadline = time.monotonic() + _PATIENCE
        while subprocess.run(asked, capture_output=True, check=False).returncode:
            log = (self._folder / "log").read_text()
            assert time.monotonic() < deadline, f"the private engine doesn't start:\n{log[-2000:]}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
