"""``caliban shell`` on a pseudo-terminal, and in a pipe."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from workplace import BASE_IMAGE, Workplace, docker

pytestmark = pytest.mark.integration

_PATIENCE = 60
_PROMPT = r"[#$] $"


def containers(workplace: Workplace) -> str:
    """Those of this test, running or not."""
    return docker("ps", "--all", "--quiet", "--filter", f"label={label(workplace)}")


def label(workplace: Workplace) -> str:
    return f"io.caliban.test={workplace.project}"


@contextmanager
def terminal(workplace: Workplace, *words: str, **variables: str) -> "Iterator[pexpect.spawn[str]]":
    """A shell session on a terminal of 33 lines, at its first prompt."""
    mine = {"HOME": str(workplace.home), "CALIBAN_BASE_IMAGE": BASE_IMAGE, "TERM": "dumb"}
    run_args = f"--label {label(workplace)}"
    child: Any = pexpect.spawn(
        sys.executable,
        ["-m", "caliban_cli.main", "shell", "--nogpu", "--docker_run_args", run_args, *words],
        cwd=str(workplace.project),
        env=os.environ | {"SHELL": "/bin/bash"} | mine | variables,
        dimensions=(33, 99),
        encoding="utf-8",
        timeout=_PATIENCE,
    )
    try:
        child.expect(_PROMPT)
        yield child
    finally:
        child.close(force=True)


def left(child: "pexpect.spawn[str]", farewell: str) -> int | None:
    """The exit code after the last line is typed."""
    child.sendline(farewell)
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus


def test_one_works_where_one_is_and_leaves_with_the_shells_exit_code(workplace: Workplace) -> None:
    workplace.write({"train.py": "print('trained in', __import__('os').getcwd())"})
    with terminal(workplace, LOGNAME="totoro") as child:
        assert child.before is not None
        assert f"/usr/app is {workplace.project}" in child.before
        assert f"/home/totoro is {workplace.home}" in child.before
        child.sendline("python train.py; echo made > made; cp made ~/; echo in $HOME")
        child.expect("trained in /usr/app\r\n")
        child.expect("in /home/totoro\r\n")
        child.sendline("stty size; id -u")
        child.expect(f"33 99\r\n{os.getuid()}\r\n")
        child.setwinsize(44, 111)
        child.sendline("until stty size | grep '44 111'; do :; done")
        child.expect("44 111\r\n")
        assert left(child, "exit 7") == 7
    for made in (workplace.project / "made", workplace.home / "made"):
        assert (made.read_text(), made.owner()) == ("made\n", workplace.project.owner())
    assert containers(workplace) == ""


def test_ctrl_c_reaches_what_runs_in_the_shell_and_not_the_session(workplace: Workplace) -> None:
    with terminal(workplace) as child:
        child.sendline('python -c \'import time; print("be" + "gun", flush=True); time.sleep(99)\'')
        child.expect("begun\r\n")
        child.sendintr()
        child.expect("KeyboardInterrupt")
        child.sendline("echo still $((1 + 1))")
        child.expect("still 2\r\n")
        assert left(child, "exit") == 0


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_leaves_no_container(workplace: Workplace, how: signal.Signals) -> None:
    with terminal(workplace) as child:
        assert containers(workplace)
        child.kill(how)
        child.expect(pexpect.EOF)
        child.wait()
    assert containers(workplace) == ""
    assert child.exitstatus == 128 + how


def test_lines_can_be_piped_in_and_output_out(workplace: Workplace) -> None:
    finished = workplace.caliban("shell", "--nogpu", stdin="echo out; echo err >&2; exit 3\n")
    assert finished.expect(3).stdout == "out\n"
    assert finished.stderr.endswith("all else goes\nerr\n")


def test_a_closed_input_holds_no_lines(workplace: Workplace) -> None:
    line = f"{sys.executable} -m caliban_cli.main shell --nogpu <&-"
    environment = os.environ | {"HOME": str(workplace.home), "CALIBAN_BASE_IMAGE": BASE_IMAGE}
    subprocess.run(["sh", "-c", line], cwd=workplace.project, env=environment, check=True)


def test_a_terminal_that_is_asked_for_and_is_not_there_is_not_waited_for(
    workplace: Workplace,
) -> None:
    asked = ("shell", "--nogpu", "--docker_run_args", "-it")
    finished = workplace.caliban(*asked, stdin="tty; exit 3\n")
    assert finished.expect(3).stdout == "not a tty\n"


@pytest.mark.parametrize("user", ["0:0", "735994:89939", "2147483000:2147483000"])
def test_whoever_one_is_there_is_a_home_to_write_to(workplace: Workplace, user: str) -> None:
    finished = workplace.caliban(
        *("shell", "--nogpu", "--bare", "--docker_run_args", f"--user {user}"),
        stdin="touch ~/written && echo $(id -u):$(id -g)\n",
    )
    assert finished.expect(0).stdout == f"{user}\n"


def test_a_shell_that_the_image_lacks_is_one_clear_line(workplace: Workplace) -> None:
    finished = workplace.caliban("shell", "--nogpu", "--shell", "zsh", stdin="exit 7\n").expect(2)
    *_, complaint, hint = finished.stderr.splitlines()
    assert complaint == "caliban: the image has no zsh"
    assert hint.startswith("hint: ")


def test_a_directory_for_results_can_be_mounted(workplace: Workplace) -> None:
    results = Path(workplace.home, "my results")
    results.mkdir()
    run_args = f"-v '{results}:/results'"
    workplace.caliban(
        *("shell", "--nogpu", "--bare", "--docker_run_args", run_args),
        stdin="echo 0.9 > /results/score\n",
    ).expect(0)
    assert (results / "score").read_text() == "0.9\n"


def test_an_image_that_was_built_before_can_be_entered(workplace: Workplace) -> None:
    workplace.write({"train.py": "print('trained')"})
    image = workplace.caliban("build", "--nogpu", "train.py").expect(0).stdout.strip()
    finished = workplace.caliban(
        "shell", "--nogpu", "--image_id", image, stdin="python /usr/app/train.py\n"
    )
    assert finished.expect(0).stdout == "trained\n"
    assert "built image" not in finished.stderr
