"""What can happen to a sweep while it runs. Each fault starts one, strikes, and sees it ended."""

import os
import pty
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from postgres_server import PostgresServer
from private_engine import HOLDER, Life, PrivateEngine
from workplace import Finished, Workplace

_PATIENCE = 120
_LOCKED_FOR = 3.0  # seconds
_AWAY_FOR = 1.0  # seconds

Process = subprocess.Popen[str]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A sweep of its own on the engine that faults may harm."""

    engine: PrivateEngine
    workplace: Workplace
    group: str
    history: PostgresServer | None = None

    @property
    def command(self) -> tuple[str, ...]:
        sweep = ("--experiment_config", "sweep.json", "train.py")
        return ("run", "--nogpu", "--parallel", "2", "--xgroup", self.group, *sweep)

    def sweep(self) -> Finished:
        return self.workplace.caliban(*self.command)

    def start(self) -> Process:
        # Nobody reads what it says; a pipe that is full would stop it.
        silent = subprocess.DEVNULL
        return self.workplace.start(*self.command, stdout=silent, stderr=silent)

    def containers(self, *, running: bool = False) -> list[str]:
        mine = f"{self.group.replace('_', '-')}-"
        return [name for name in self.engine.containers(running=running) if name.startswith(mine)]

    def lives(self) -> dict[str, Life]:
        mine = f"{self.group.replace('_', '-')}-"
        lives = self.engine.lives().items()
        return {name: life for name, life in lives if name.startswith(mine)}


Fault = Callable[[Scene, float], None]


def caliban_is_killed(scene: Scene, moment: float) -> None:
    _signalled(scene, moment, signal.SIGKILL)


def caliban_is_terminated(scene: Scene, moment: float) -> None:
    _signalled(scene, moment, signal.SIGTERM)


def caliban_is_interrupted(scene: Scene, moment: float) -> None:
    _signalled(scene, moment, signal.SIGINT)


def its_terminal_is_closed(scene: Scene, moment: float) -> None:
    ours, theirs = pty.openpty()
    process = scene.workplace.start(
        *scene.command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    _run_until(process, moment)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    process.wait(_PATIENCE)


def nobody_reads_its_output(scene: Scene, moment: float) -> None:
    process = scene.workplace.start(*scene.command, stderr=subprocess.DEVNULL)
    assert process.stdout
    _run_until(process, moment)
    process.stdout.close()
    process.wait(_PATIENCE)


def the_clock_jumps(scene: Scene, moment: float) -> None:
    """Killed while its clock was two days ahead, it leaves records of a time that is to come."""
    libraries = list(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        pytest.skip("a clock can't be changed without libfaketime: apt-get install faketime")
    in_two_days = {"LD_PRELOAD": str(libraries[0]), "FAKETIME": "+2d"}
    silent = subprocess.DEVNULL
    with scene.workplace.start(
        *scene.command, stdout=silent, stderr=silent, env=in_two_days
    ) as process:
        _run_until(process, moment)
        process.kill()


def a_container_is_removed(scene: Scene, moment: float) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        for container in scene.containers()[:1]:
            with suppress(subprocess.CalledProcessError):
                scene.engine.docker("rm", "--force", container)
        process.wait(_PATIENCE)


def the_shared_networks_are_removed(scene: Scene, moment: float) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        for container in scene.engine.containers():
            if container.startswith(HOLDER):
                with suppress(subprocess.CalledProcessError):
                    scene.engine.docker("rm", "--force", container)
        process.wait(_PATIENCE)


def the_image_is_removed(scene: Scene, moment: float) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        if images := scene.engine.docker("images", "--quiet", "caliban").split():
            with suppress(subprocess.CalledProcessError):
                scene.engine.docker("rmi", "--force", *set(images))
        process.wait(_PATIENCE)


def the_engine_is_killed(scene: Scene, moment: float) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        scene.engine.kill()
        scene.engine.start()
        process.wait(_PATIENCE)


def the_engine_is_restarted(scene: Scene, moment: float) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        scene.engine.stop()
        scene.engine.start()
        process.wait(_PATIENCE)


def the_disk_is_full(scene: Scene, moment: float) -> None:
    state = scene.workplace.state
    state.mkdir(parents=True)
    _as_root("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(state))
    try:
        with scene.start() as process:
            _run_until(process, moment)
            _fill(state / "ballast")
            process.wait(_PATIENCE)
    finally:
        (state / "ballast").unlink(missing_ok=True)
        kept = scene.workplace.home / "kept"
        subprocess.run(["cp", "-a", str(state), str(kept)], check=True)
        _as_root("umount", str(state))
        state.rmdir()
        kept.rename(state)


def the_history_is_locked(scene: Scene, moment: float) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        for history in scene.workplace.state.glob("*.db"):
            with closing(sqlite3.connect(history, timeout=_PATIENCE)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                _run_until(process, _LOCKED_FOR)
                connection.rollback()
        process.wait(_PATIENCE)


def the_history_server_is_restarted(scene: Scene, moment: float) -> None:
    assert scene.history
    with scene.start() as process:
        _run_until(process, moment)
        scene.history.stop()
        _run_until(process, _AWAY_FOR)
        scene.history.start()
        process.wait(_PATIENCE)


FAULTS: tuple[Fault, ...] = (
    caliban_is_killed,
    caliban_is_terminated,
    caliban_is_interrupted,
    its_terminal_is_closed,
    nobody_reads_its_output,
    the_clock_jumps,
    a_container_is_removed,
    the_shared_networks_are_removed,
    the_image_is_removed,
    the_engine_is_killed,
    the_engine_is_restarted,
    the_disk_is_full,
    the_history_is_locked,
)

SHARED_HISTORY_FAULTS: tuple[Fault, ...] = (the_history_server_is_restarted, caliban_is_killed)
"""Those that befall a sweep whose history is a server's."""


def _signalled(scene: Scene, moment: float, number: signal.Signals) -> None:
    with scene.start() as process:
        _run_until(process, moment)
        process.send_signal(number)
        process.wait(_PATIENCE)


def _run_until(process: Process, moment: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment)


def _as_root(*words: str) -> None:
    subprocess.run(words, check=True)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
