"""A job that writes without end fills neither the disk nor the memory."""

import os
import subprocess
from pathlib import Path

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
    process = workplace.start(
        *("run", "--nogpu", "--xgroup", group, *flags, "train.py"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)

    assert process.returncode == 0
    assert used.ru_maxrss < 150 * 1024  # kibibytes
    (log,) = (workplace.state / "logs").glob("*.log")
    assert log.stat().st_size < 17 * _MEBIBYTE
    (job,) = workplace.jobs("--xgroup", group)
    told = workplace.caliban("logs", str(job["job"])).expect(0).stdout
    assert told.startswith("the first line\n000000000x")
    assert told.endswith("x\nthe last line\n")
    left_out = _LINES * 100 + len("the first line\nthe last line\n") - 16 * _MEBIBYTE
    assert f"\n[caliban: {left_out} bytes are left out here]\n" in told


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
