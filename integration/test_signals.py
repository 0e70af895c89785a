"""Signals at work: SIGTERM leaves nothing behind, a terminal that closes only what runs."""

import signal
from pathlib import Path

import pytest

from workplace import Workplace, await_ends, containers_of

pytestmark = pytest.mark.integration


def test_a_build_that_is_ended_leaves_no_files(workplace: Workplace, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    workplace.write({"train.py": ""})
    process = workplace.start(
        "build", "--nogpu", "--no_cache", "train.py", env={"TMPDIR": str(temporary)}
    )
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("["))
    assert any(temporary.iterdir())

    process.send_signal(signal.SIGTERM)

    _, stderr = process.communicate()
    assert (process.returncode, stderr.splitlines()[-1]) == (143, "caliban: interrupted by SIGTERM")
    assert list(temporary.iterdir()) == []


def test_a_job_outlives_the_terminal_that_it_was_started_from(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": "import time; print('begun', flush=True); time.sleep(3)"})
    process = workplace.start("run", "--nogpu", "--xgroup", group, "train.py")
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"

    process.send_signal(signal.SIGHUP)

    process.communicate()
    assert process.returncode == 129
    await_ends(group)
    assert [job["status"] for job in workplace.jobs("--xgroup", group)] == ["SUCCEEDED"]


def test_a_run_that_is_ended_stops_its_job_and_records_it(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": "import time; print('begun', flush=True); time.sleep(60)"})
    process = workplace.start("run", "--nogpu", "--xgroup", group, "train.py")
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"

    process.send_signal(signal.SIGTERM)

    process.communicate()
    assert process.returncode == 143
    assert [job["status"] for job in workplace.jobs("--xgroup", group)] == ["STOPPED"]
    assert containers_of(group) == []
