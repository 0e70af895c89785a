"""The network that the brief jobs of a sweep hand on: whether it is told, lasts, and goes."""

import json
import signal
import subprocess

import pytest

from workplace import Workplace, docker

pytestmark = pytest.mark.integration

_SCRIPT = """\
import socket, sys, time
print("host", socket.gethostname())
with open("/proc/net/dev") as devices:
    assert "eth0" in devices.read()
time.sleep(float(sys.argv[2]))
"""


def test_brief_jobs_share_networks_that_go_with_the_command(
    workplace: Workplace, group: str
) -> None:
    _write_sweep(workplace, [0] * 9)
    with workplace.start(*_command(group, "--parallel", "2")) as process:
        told, _ = process.communicate()
    assert process.returncode == 0
    hosts = [line.split()[-1] for line in told.splitlines() if "host " in line]
    assert len(hosts) == 9
    assert 4 <= len(set(hosts)) <= 8
    assert _holders(process) == 0


def test_a_job_keeps_its_network_when_caliban_is_killed(workplace: Workplace, group: str) -> None:
    _write_sweep(workplace, [0] * 4 + [600])
    with workplace.start(*_command(group)) as process:
        assert process.stderr
        next(line for line in process.stderr if "job 5 started" in line)
        process.send_signal(signal.SIGKILL)
    (running,) = workplace.jobs("--xgroup", group, "--state", "RUNNING")
    assert _holders(process) == 1
    assert "eth0" in docker("exec", running["name"], "cat", "/proc/net/dev")

    workplace.caliban("stop", "--yes", "--grace", "0", "--xgroup", group).expect(0)
    assert _holders(process) == 0


def test_what_a_command_left_that_was_killed_at_its_very_end_is_removed_by_the_next(
    workplace: Workplace, group: str
) -> None:
    _write_sweep(workplace, [0] * 5)
    with workplace.start(*_command(group)) as process:
        assert process.stderr
        next(line for line in process.stderr if "job 5 succeeded" in line)
        process.send_signal(signal.SIGKILL)
    assert _holders(process) == 1
    workplace.caliban("status", "--xgroup", group).expect(0)
    assert _holders(process) == 0


def _write_sweep(workplace: Workplace, seconds: list[int]) -> None:
    workplace.write({"train.py": _SCRIPT, "sweep.json": json.dumps({"seconds": seconds})})


def _command(group: str, *flags: str) -> tuple[str, ...]:
    sweep = ("--experiment_config", "sweep.json", "train.py")
    return ("run", "--nogpu", "--xgroup", group, *flags, *sweep)


def _holders(process: "subprocess.Popen[str]") -> int:
    """How many containers hold a network for a caliban command."""
    owner = '{{.Label "io.caliban.session-owner"}}'
    network = ("--filter", "label=io.caliban.session=network")
    owners = docker("ps", "--all", *network, "--format", owner).split()
    return sum(f"/{process.pid}/" in each for each in owners)
