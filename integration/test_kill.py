"""``kill -9`` at any moment: nothing is lost, nothing runs twice, status tells the truth."""

import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from workplace import Workplace, await_ends, containers_of

pytestmark = pytest.mark.integration

_EXPERIMENTS = 5
_SCRIPT = """\
import sys, time
with open("/ran/log", "a") as log:
    log.write(sys.argv[2] + "\\n")
time.sleep(0.2)
"""
_LONGEST = 4.0  # seconds in which the whole sweep has ended on a machine of two cores


@pytest.mark.parametrize("seed", range(5))
def test_kill_at_any_moment_loses_nothing_and_repeats_nothing(
    workplace: Workplace, group: str, seed: int
) -> None:
    ran = workplace.home / "ran"
    ran.mkdir()
    _write_sweep(workplace)
    workplace.caliban("build", "--nogpu", "train.py").expect(0)

    command = _run_command(group, ran)
    process = workplace.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _kill(process, after=random.Random(seed).uniform(0, _LONGEST))
    await_ends(group)

    _assert_history_is_true(workplace, group, ran)


def test_the_same_command_starts_what_a_killed_one_had_planned(
    workplace: Workplace, group: str
) -> None:
    ran = workplace.home / "ran"
    ran.mkdir()
    _write_sweep(workplace)
    command = _run_command(group, ran)
    process = workplace.start(*command, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    next(line for line in process.stderr if " started: " in line)
    _kill(process, after=0)
    process.stderr.close()
    before = {job["experiment"]: job["name"] for job in workplace.jobs("--xgroup", group)}

    workplace.caliban(*command).expect(0)

    jobs = workplace.jobs("--xgroup", group)
    assert {job["status"] for job in jobs} == {"SUCCEEDED"}
    assert [(job["experiment"], job["name"]) for job in jobs] == [*before.items()]
    assert containers_of(group) == []


def _write_sweep(workplace: Workplace) -> None:
    values = ", ".join(map(str, range(_EXPERIMENTS)))
    workplace.write({"train.py": _SCRIPT, "sweep.json": f'{{"point": [{values}]}}'})


def _run_command(group: str, ran: Path) -> tuple[str, ...]:
    return (
        *("run", "--nogpu", "--xgroup", group, "--parallel", "2"),
        *("--experiment_config", "sweep.json", "--docker_run_args", f"-v {ran}:/ran", "train.py"),
    )


def _kill(process: "subprocess.Popen[str]", *, after: float) -> None:
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _assert_history_is_true(workplace: Workplace, group: str, ran: Path) -> None:
    log = ran / "log"
    runs = Counter(log.read_text().split() if log.exists() else [])
    assert all(count == 1 for count in runs.values()), f"an experiment ran twice: {runs}"

    status = workplace.caliban("status", "--xgroup", group, "--format", "json")
    if status.exit_code == 2:
        assert not runs, "something ran that the history doesn't know"
        return
    jobs = workplace.jobs("--xgroup", group)
    assert len(jobs) == len({job["experiment"] for job in jobs}) == _EXPERIMENTS
    for job in jobs:
        assert job["status"] == ("SUCCEEDED" if runs[job["args"][1]] else "PLANNED")
