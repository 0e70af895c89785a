"""A job that writes without end fills neither the disk nor the memory."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from workplace import Workplace, containers_of, docker

pytestmark = pytest.mark.integration

_LINES = 600_000  # of a hundred bytes
_SCRIPT = f"""\
import sys
print("the first line")
for number in range({_LINES}):
    sys.stdout.write("%09d%s\\n" % (number, "x" * 90))
print("the last line")
"""
_MEBIBYTE = 1 << 20


@pytest.mark.parametrize("flags", [(), ("--parallel", "2")], ids=["raw", "prefixed"])
def test_a_very_long_log_keeps_its_beginning_and_its_end(
    workplace: Workplace, group: str, flags: tuple[str, ...]
) -> None:
    workplace.write({"train.py": _SCRIPT})
    with workplace.start(
        *("run", "--nogpu", "--xgroup", group, *flags, "train.py"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        most = _memory_while(process)

    assert process.returncode == 0
    assert 0 < most < 150 * _MEBIBYTE
    (log,) = (workplace.state / "logs").glob("*.log")
    assert log.stat().st_size < 17 * _MEBIBYTE
    (job,) = workplace.jobs("--xgroup", group)
    told = workplace.caliban("logs", str(job["job"])).expect(0).stdout
    assert told.startswith("the first line\n000000000x")
    assert told.endswith("x\nthe last line\n")
    left_out = _LINES * 100 + len("the first line\nthe last line\n") - 16 * _MEBIBYTE
    assert f"\n[caliban: {left_out} bytes are left out here]\n" in told


def _memory_while(process: "subprocess.Popen[str]") -> int:
    """The most bytes of memory that a process had, looked at until it is gone.

    What the system tells of a child afterwards is no less than what this process had.
    """
    most = 0
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            most = max(most, watched.memory_info().rss)
            time.sleep(0.02)
    return most


def test_the_engine_keeps_no_more_than_its_share(
    workplace: Workplace, group: str, tmp_path: Path
) -> None:
    workplace.write({"train.py": _SCRIPT})
    with workplace.start(
        *("run", "--nogpu", "--xgroup", group, "train.py"), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "the first line\n"
        process.kill()
    (container,) = containers_of(group)
    docker("wait", container)

    kept = tmp_path / "engine.log"
    with kept.open("wb") as file:
        subprocess.run(["docker", "logs", container], stdout=file, check=True)
    assert kept.stat().st_size < 45 * _MEBIBYTE
    (job,) = workplace.jobs("--xgroup", group)
    told = workplace.caliban("logs", str(job["job"])).expect(0).stdout
    assert told.endswith("x\nthe last line\n")
    assert len(told) < 17 * _MEBIBYTE
