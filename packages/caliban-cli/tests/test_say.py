"""Progress goes to stderr, so that pipes carry answers only; nobody needs to be there to read."""

import pytest

from caliban_cli.say import pass_on, say

from .conftest import Bash

_SWEEP = """\
import sys
from caliban_cli.say import pass_on, say
for number in range(3):
    say(f"job {number} started")
    pass_on(b"epoch 1\\n" * 50_000)
sys.exit(7)
"""


def test_what_is_said_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("building")
    assert capsys.readouterr() == ("", "building\n")


def test_what_a_job_writes_goes_to_stdout_as_it_is(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    pass_on(b"10%\r\xff")
    assert capsysbinary.readouterr() == (b"10%\r\xff", b"")


@pytest.mark.parametrize("streams", ["", "2>&1", "2>&1 >/dev/null"])
def test_a_sweep_ends_as_it_ends_when_its_reader_has_gone(bash: Bash, streams: str) -> None:
    line = f'"$PYTHON" sweep.py {streams} | true; exit ${{PIPESTATUS[0]}}'
    finished = bash(line, {"sweep.py": _SWEEP})
    assert finished.exit_code == 7
    assert "Error" not in finished.stderr


def test_output_that_there_is_no_room_for_is_told_once(bash: Bash) -> None:
    finished = bash('"$PYTHON" sweep.py > /dev/full', {"sweep.py": _SWEEP})
    assert finished.exit_code == 7
    assert finished.stderr == (
        "job 0 started\n"
        "the output of jobs can't be written (No space left on device); caliban logs shows it\n"
        "job 1 started\njob 2 started\n"
    )


def test_a_complaint_that_nobody_reads_keeps_its_exit_code(bash: Bash) -> None:
    finished = bash("caliban rum 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}")
    assert finished.exit_code == 2
