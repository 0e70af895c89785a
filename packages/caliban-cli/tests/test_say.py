"""Progress goes to stderr, so that pipes carry answers only; nobody needs to be there to read."""

from io import StringIO
from threading import Event

import pytest

from caliban_cli.say import pass_on, say, saying_after

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


class _Heard(StringIO):
    """Knows when something was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = Event()

    def flush(self) -> None:
        self.anything.set()


def test_what_takes_long_is_told_of_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = _Heard()
    monkeypatch.setattr("sys.stderr", stderr)
    with saying_after(0, "still asking"):
        assert stderr.anything.wait(10)
    assert stderr.getvalue() == "still asking\n"


def test_what_takes_no_time_is_not_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    with saying_after(60, "still asking"):
        pass
    assert capsys.readouterr() == ("", "")


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
