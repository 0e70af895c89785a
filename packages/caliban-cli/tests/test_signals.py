"""Signals, sent to real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

# Waits with a temporary directory at hand, as a build does, and with leave to tidy up.
BUSY = """\
import os, sys, tempfile
from caliban_cli import main
from caliban_cli.commands import status

def wait(*_):
    with tempfile.TemporaryDirectory() as folder:
        try:
            print(folder, flush=True)
            sys.stdin.readline()
        finally:
            print("tidying", flush=True)
            sys.stdin.readline()

status.run = wait
sys.argv = ["caliban", "status"]
sys.exit(main.command())
"""

# The tests themselves may run under nohup.
HEARING = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n{BUSY}"


@pytest.fixture
def busy(bash: object, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A command that has begun, and waits for a line before and after tidying up."""
    assert bash
    script = tmp_path / "busy.py"
    script.write_text(HEARING)
    with started([sys.executable, str(script)]) as process:
        yield process
        process.kill()


def started(command: list[str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        command, env=os.environ | paths, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def line_of(stream: IO[str] | None) -> str:
    assert stream
    return stream.readline().rstrip("\n")


@pytest.mark.parametrize(
    ("number", "exit_code", "said"),
    [
        (signal.SIGTERM, 143, "caliban: interrupted by SIGTERM\n"),
        (signal.SIGHUP, 129, ""),
        (signal.SIGINT, 130, "caliban: interrupted\n"),
    ],
)
def test_a_signal_leaves_nothing_behind(
    busy: "subprocess.Popen[str]", number: signal.Signals, exit_code: int, said: str
) -> None:
    folder = Path(line_of(busy.stdout))
    assert folder.is_dir()
    busy.send_signal(number)
    assert line_of(busy.stdout) == "tidying"
    _, stderr = busy.communicate("\n")
    assert busy.returncode == exit_code
    assert stderr == said
    assert not folder.exists()


def test_more_signals_do_not_disturb_the_tidying(busy: "subprocess.Popen[str]") -> None:
    folder = Path(line_of(busy.stdout))
    busy.send_signal(signal.SIGHUP)
    assert line_of(busy.stdout) == "tidying"
    busy.send_signal(signal.SIGHUP)
    busy.send_signal(signal.SIGTERM)
    busy.communicate("\n")
    assert busy.returncode == 129
    assert not folder.exists()


def test_a_second_ctrl_c_leaves_at_once(busy: "subprocess.Popen[str]") -> None:
    folder = Path(line_of(busy.stdout))
    busy.send_signal(signal.SIGINT)
    assert line_of(busy.stdout) == "tidying"
    busy.send_signal(signal.SIGINT)
    assert busy.wait() == 130
    assert folder.is_dir()
    folder.rmdir()


def test_a_command_under_nohup_outlives_the_terminal(bash: object, tmp_path: Path) -> None:
    assert bash
    script = tmp_path / "busy.py"
    script.write_text(BUSY)
    with started(["nohup", sys.executable, str(script)]) as process:
        folder = Path(line_of(process.stdout))
        process.send_signal(signal.SIGHUP)
        process.communicate("\n\n")
    assert not folder.exists()
    assert process.returncode != 129
