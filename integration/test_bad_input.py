"""What goes wrong is told in one line with its remedy, and nothing is written."""

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from workplace import Finished, Workplace, containers_of

pytestmark = pytest.mark.integration

_NOWHERE = "unix:///nowhere/docker.sock"


def test_an_engine_that_is_down_is_told_and_nothing_is_recorded(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": ""})

    ran = workplace.caliban(
        "run", "--nogpu", "--xgroup", group, "train.py", env={"DOCKER_HOST": _NOWHERE}
    )

    _assert_told(ran, 5, "no Docker engine answers")
    assert workplace.caliban("status", "--xgroup", group).exit_code == 2


def test_status_goes_on_without_the_engine_and_changes_nothing(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": "import time; print('begun', flush=True); time.sleep(600)"})
    with workplace.start("run", "--nogpu", "--xgroup", group, "train.py") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()

    told = workplace.caliban("status", "--xgroup", group, env={"DOCKER_HOST": _NOWHERE})

    assert "no Docker engine answers" in told.expect(0).stderr
    assert "RUNNING" in told.stdout
    assert [job["status"] for job in workplace.jobs("--xgroup", group)] == ["RUNNING"]


def test_a_base_image_that_does_not_exist_names_where_it_is_set(
    workplace: Workplace, group: str
) -> None:
    workplace.write(
        {"train.py": "", ".calibanconfig.json": '{"base_image": "no.such.registry.invalid/image"}'}
    )

    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py").expect(4)

    assert "no.such.registry.invalid/image" in ran.stderr
    assert ".calibanconfig.json" in ran.stderr
    assert workplace.caliban("status", "--xgroup", group).exit_code == 2


def test_requirements_that_do_not_resolve_show_what_the_builder_said(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": "", "requirements.txt": "no-such-package-of-anybody==0.0.1\n"})

    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py").expect(4)

    assert "no-such-package-of-anybody" in ran.stderr.split("caliban: ", 1)[1]
    assert "Traceback" not in ran.stderr
    assert workplace.caliban("status", "--xgroup", group).exit_code == 2


def test_a_machine_without_gpus_says_so_before_building(workplace: Workplace) -> None:
    workplace.write({"train.py": ""})

    ran = workplace.caliban("run", "train.py")

    _assert_told(ran, 2, "offers no GPU")
    assert "--nogpu" in ran.stderr


def test_an_image_id_that_does_not_exist_is_told(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": ""})

    ran = workplace.caliban(
        "run", "--nogpu", "--xgroup", group, "--image_id", "no-such-image", "train.py"
    )

    _assert_told(ran, 2, "no-such-image")


def test_a_history_of_a_newer_version_is_left_alone(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": ""})
    workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py").expect(0)
    history = workplace.state / "history.db"
    with sqlite3.connect(history) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    for words in (("run", "--nogpu", "--xgroup", group, "train.py"), ("status",)):
        _assert_told(workplace.caliban(*words), 6, "9999")
    assert containers_of(group) == []


def test_a_history_that_is_no_database_is_told(workplace: Workplace) -> None:
    workplace.state.mkdir(parents=True)
    (workplace.state / "history.db").write_text("my diary\n" * 1000)

    _assert_told(workplace.caliban("status"), 6, "history.db")


@pytest.fixture
def small_disk(workplace: Workplace) -> Iterator[Path]:
    """A file system of 256 kB where the state is to lie."""
    yield from _mounted(workplace.state, "size=256k")


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_is_told_and_nothing_runs(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": ""})
    points = ", ".join(map(str, range(5000)))

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--experiment_config", "stdin", "train.py"),
        stdin=f'{{"point": [{points}]}}',
    )

    _assert_told(ran, 6, "full")
    assert containers_of(group) == []


@pytest.fixture
def read_only_state(workplace: Workplace) -> Iterator[Path]:
    """The state of a workplace with one finished job, on a file system that takes no writes."""
    workplace.write({"train.py": ""})
    workplace.caliban("run", "--nogpu", "train.py").expect(0)
    kept = workplace.state.rename(workplace.home / "kept")
    mounts = _mounted(workplace.state, "size=8m")
    state = next(mounts)
    subprocess.run(["cp", "-a", f"{kept}/.", state], check=True)
    subprocess.run(["mount", "-o", "remount,ro", state], check=True)
    yield state
    next(mounts, None)


@pytest.mark.usefixtures("read_only_state")
def test_a_read_only_history_is_told_and_nothing_runs(workplace: Workplace, group: str) -> None:
    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py")

    _assert_told(ran, 6, "history.db")
    assert containers_of(group) == []


def _mounted(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def _assert_told(ran: Finished, exit_code: int, what: str) -> None:
    """One line that says it, perhaps a hint, and no traceback."""
    ran.expect(exit_code)
    lines = [line for line in ran.stderr.splitlines() if line.startswith("caliban: ")]
    assert len(lines) == 1, ran.stderr
    assert what in lines[0]
    assert "Traceback" not in ran.stderr
