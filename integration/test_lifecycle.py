"""A group over its life: watched, stopped, resumed and resubmitted, in real containers."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from workplace import Workplace, containers_of

pytestmark = pytest.mark.integration

_SLEEP = "import time; print('begun', flush=True); time.sleep(600)\n"
_STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + _SLEEP
_POLITE = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n" + _SLEEP
_PICKY = "import sys; print(sys.argv[2]); sys.exit(int(sys.argv[2]) == 2)\n"


def run(group: str, *words: str) -> tuple[str, ...]:
    return ("run", "--nogpu", "--xgroup", group, *words, "train.py")


def begun(workplace: Workplace, *words: str) -> "subprocess.Popen[str]":
    """A caliban command whose first job has begun."""
    process = workplace.start(*words)
    assert process.stdout is not None
    assert process.stdout.readline().endswith("begun\n")
    return process


def abandoned(workplace: Workplace, *words: str) -> None:
    """Leave a job running without a command that follows it."""
    with begun(workplace, *words) as process:
        process.kill()


def statuses(workplace: Workplace, group: str) -> list[str]:
    return [job["status"] for job in workplace.jobs("--xgroup", group)]


def number(workplace: Workplace, group: str) -> str:
    return str(workplace.jobs("--xgroup", group)[0]["job"])


def test_a_log_is_read_while_the_job_runs_and_after_its_end(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": _SLEEP})
    abandoned(workplace, *run(group))
    job = number(workplace, group)
    assert workplace.caliban("logs", job).expect(0).stdout == "begun\n"
    with begun(workplace, "logs", "-f", job) as following:
        workplace.caliban("stop", "--xgroup", group, "--yes").expect(0)
        assert following.wait(timeout=60) == 0
    assert workplace.caliban("logs", job).expect(0).stdout == "begun\n"
    assert containers_of(group) == []


def test_an_interrupt_of_logs_leaves_the_job_running(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": _SLEEP})
    abandoned(workplace, *run(group))
    with begun(workplace, "logs", number(workplace, group), "-f") as following:
        following.send_signal(signal.SIGINT)
        assert following.wait(timeout=60) == 130
    assert statuses(workplace, group) == ["RUNNING"]
    workplace.caliban("stop", "--xgroup", group, "--yes").expect(0)


@pytest.mark.parametrize("script", [_SLEEP, _STUBBORN, _POLITE])
def test_a_job_is_stopped_however_it_takes_the_news(
    workplace: Workplace, group: str, script: str
) -> None:
    workplace.write({"train.py": script})
    abandoned(workplace, *run(group))
    workplace.caliban("stop", "--xgroup", group, "--yes", "--grace", "1").expect(0)
    (job,) = workplace.jobs("--xgroup", group)
    assert job["status"] == "STOPPED"
    assert job["reason"].startswith("stopped by ")
    assert containers_of(group) == []


def test_a_command_whose_jobs_are_stopped_elsewhere_ends_with_them(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": _SLEEP})
    process = workplace.start(*run(group, "--experiment_config", "stdin"), stdin=subprocess.PIPE)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"n": [1, 2, 3]}')
        process.stdin.close()
        assert process.stdout.readline() == "begun\n"
        workplace.caliban("stop", "--xgroup", group, "--yes").expect(0)
        assert process.wait(timeout=60) == 7
        assert process.stderr is not None
        said = process.stderr.read()
    assert re.search(r"2 of 3 jobs were stopped by \S+ before starting", said)
    assert "1 of 3 jobs did not succeed" in said
    jobs = workplace.jobs("--xgroup", group)
    assert [job["status"] for job in jobs] == ["STOPPED"] * 3
    assert all(job["reason"].startswith("stopped by ") for job in jobs)


def test_the_same_run_again_does_only_what_is_left(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": _PICKY, "sweep.json": '{"n": [1, 2, 3]}'})
    words = run(group, "--experiment_config", "sweep.json")
    workplace.caliban(*words).expect(7)

    again = workplace.caliban(*words).expect(7)

    assert again.stdout == "2\n"
    assert "skipping 2 jobs" in again.stderr
    workplace.write({"train.py": "print('mended')\n"})
    assert workplace.caliban(*words).expect(0).stdout == "mended\n" * 3
    assert workplace.caliban(*words).expect(0).stdout == ""


def test_a_run_again_waits_for_what_still_runs(
    workplace: Workplace, group: str, tmp_path: Path
) -> None:
    script = "import pathlib, time\nprint('begun', flush=True)\n"
    script += "while not pathlib.Path('/signals/go').exists(): time.sleep(0.05)\nprint('done')\n"
    signals = tmp_path / "signals"
    signals.mkdir()
    workplace.write({"train.py": script})
    words = run(group, "--docker_run_args", f"-v {signals}:/signals")
    abandoned(workplace, *words)
    with begun(workplace, *words) as again:
        (signals / "go").touch()
        assert again.wait(timeout=60) == 0
        assert again.stdout is not None
        assert again.stdout.read() == "done\n"
    assert statuses(workplace, group) == ["SUCCEEDED"]
    assert containers_of(group) == []


def test_the_same_command_twice_at_once_runs_every_experiment_once(
    workplace: Workplace, group: str, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    ran.mkdir()
    script = "import sys\nwith open('/ran/log', 'a') as log: log.write(sys.argv[2])\n"
    workplace.write({"train.py": script, "sweep.json": '{"n": [1, 2, 3, 4, 5, 6]}'})
    workplace.caliban("build", "--nogpu", "train.py").expect(0)
    words = run(group, "--experiment_config", "sweep.json", "--docker_run_args", f"-v {ran}:/ran")
    both = [workplace.start(*words) for _ in range(2)]
    for process in both:
        with process:
            process.communicate(timeout=120)
    assert [process.returncode for process in both] == [0, 0]
    assert statuses(workplace, group) == ["SUCCEEDED"] * 6
    assert sorted((ran / "log").read_text()) == list("123456")
    assert containers_of(group) == []


def test_the_log_of_an_ended_job_needs_no_engine(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": "print('kept')\n"})
    workplace.caliban(*run(group)).expect(0)
    gone = {"DOCKER_HOST": f"unix://{workplace.home}/no-engine"}
    job = number(workplace, group)
    assert workplace.caliban("logs", job, env=gone).expect(0).stdout == "kept\n"
    assert workplace.caliban("why", job, env=gone).expect(0).stdout.startswith(f"job {job} succee")


def test_what_failed_is_resubmitted_from_another_directory_with_the_code_as_it_is_now(
    workplace: Workplace, group: str, tmp_path: Path
) -> None:
    workplace.write({"train.py": _PICKY, "sweep.json": '{"n": [1, 2, 3]}'})
    workplace.caliban(*run(group, "--experiment_config", "sweep.json")).expect(7)
    workplace.write({"train.py": "import sys; print('mended', sys.argv[1:])\n"})
    elsewhere = Workplace(project=tmp_path, home=workplace.home)

    done = elsewhere.caliban("resubmit", "--xgroup", group, "--yes").expect(0)

    assert done.stdout.endswith("mended ['--n', '2']\n")
    jobs = workplace.jobs("--xgroup", group)
    assert [job["status"] for job in jobs] == ["SUCCEEDED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert jobs[1]["experiment"] == jobs[2]["experiment"]
    assert jobs[1]["image"] != jobs[2]["image"]


def test_a_project_that_is_gone_is_told_and_nothing_is_resubmitted(
    workplace: Workplace, group: str, tmp_path: Path
) -> None:
    workplace.write({"train.py": "raise SystemExit(1)\n"})
    workplace.caliban(*run(group)).expect(7)
    shutil.rmtree(workplace.project)
    elsewhere = Workplace(project=tmp_path, home=workplace.home)

    gone = elsewhere.caliban("resubmit", "--xgroup", group, "--yes").expect(4)

    assert str(workplace.project) in gone.stderr
    assert [job["status"] for job in elsewhere.jobs("--xgroup", group)] == ["FAILED"]


def test_why_reads_the_end_of_real_logs(workplace: Workplace, group: str) -> None:
    script = "import sys\ndef main():\n    raise ValueError(f'{sys.argv[2]} is too much')\nmain()\n"
    workplace.write({"train.py": script, "sweep.json": '{"n": [1, 2]}'})
    workplace.caliban(*run(group, "--experiment_config", "sweep.json")).expect(7)

    told = workplace.caliban("why", group).expect(0).stdout

    assert told.startswith("2 of 2 failed at train.py line 3: ValueError: 1 is too much (jobs ")


def test_why_tells_a_job_that_ran_out_of_memory(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": "x = bytearray(1)\nwhile True: x += bytes(10**7)\n"})
    workplace.caliban(*run(group, "--docker_run_args", "--memory 64m")).expect(7)

    told = workplace.caliban("why", number(workplace, group)).expect(0).stdout

    assert "failed with exit code 137, for it ran out of memory" in told
