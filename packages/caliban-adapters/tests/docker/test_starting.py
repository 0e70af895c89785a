"""Whoever creates a container starts it; real ones are in test_local."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from caliban_adapters.docker.containers import ContainerSettings
from caliban_adapters.docker.starting import Starting
from caliban_domain.names import JobName

NAME = JobName("forest-1-1")


def test_two_commands_take_turns_at_one_container(tmp_path: Path) -> None:
    here, meeting = [0], Barrier(2)

    def go() -> int:
        starting = Starting(ContainerSettings(environment={}), tmp_path)
        meeting.wait(10)
        most = 0
        for _ in range(200):
            with starting.turn(NAME):
                here[0] += 1
                most = max(most, here[0])
                here[0] -= 1
        return most

    with ThreadPoolExecutor(2) as threads:
        assert [one.result() for one in [threads.submit(go), threads.submit(go)]] == [1, 1]


def test_a_disk_that_takes_no_file_keeps_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Starting(ContainerSettings(environment={}), tmp_path / "file").turn(NAME):
        pass
