"""Jobs that may use only a part of the machine, in real containers."""

import pytest

from workplace import Workplace, containers_of

pytestmark = pytest.mark.integration


def test_a_job_that_needs_more_memory_than_it_may_use_is_told_why(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": "print('greedy', flush=True); list(range(10**8))"})
    words = ("run", "--nogpu", "--xgroup", group, "--memory", "32m", "--cpus", "0.5")
    workplace.caliban(*words, "train.py").expect(7)

    why = workplace.caliban("why", group).expect(0).stdout

    assert "exit code 137, for it ran out of memory: its peak reached its limit of 32m" in why
    assert f'next: caliban resubmit --xgroup {group} --docker_run_args "--memory 64m"' in why


def test_a_repeated_job_keeps_its_limits_unless_docker_is_told_otherwise(
    workplace: Workplace, group: str
) -> None:
    script = (
        "import os, pathlib, sys\n"
        "v2, v1 = map(pathlib.Path, ['/sys/fs/cgroup/memory.max',"
        " '/sys/fs/cgroup/memory/memory.limit_in_bytes'])\n"
        "print(int((v2 if v2.exists() else v1).read_text()) >> 20)\n"
    )
    workplace.write({"train.py": script})
    again = ("resubmit", "--all_jobs", "--yes", "--xgroup", group)

    first = workplace.caliban(
        "run", "--nogpu", "--xgroup", group, "--memory", "96m", "train.py"
    ).expect(0)
    second = workplace.caliban(*again).expect(0)
    third = workplace.caliban(*again, "--docker_run_args", "--memory 128m").expect(0)

    told = [ran.stdout.splitlines()[-1] for ran in (first, second, third)]
    assert told == ["96", "96", "128"]


def test_more_processors_than_there_are_is_told_and_nothing_is_left(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": ""})

    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "--cpus", "9999", "train.py")

    assert "Range of CPUs" in ran.expect(5).stderr
    assert [job["status"] for job in workplace.jobs("--xgroup", group)] == ["FAILED"]
    assert containers_of(group) == []
