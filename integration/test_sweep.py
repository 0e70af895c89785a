"""Sweeps through the command line, in real containers."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from workplace import Workplace, await_ends, containers_of, docker

pytestmark = pytest.mark.integration

_ECHO = "import json, sys; print(json.dumps(sys.argv[1:]))\n"
_SLEEP = "import time; print('begun', flush=True); time.sleep(600)\n"


def test_a_sweep_runs_in_order_and_status_shows_every_job(workplace: Workplace, group: str) -> None:
    workplace.write(
        {"train.py": _ECHO, "sweep.json": '{"rate": [0.1, 0.2], "deep": [true, false]}'}
    )

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--experiment_config", "sweep.json"),
        *("train.py", "--", "--seed", "1"),
    ).expect(0)

    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        ["--seed", "1", "--rate", "0.1", "--deep"],
        ["--seed", "1", "--rate", "0.1"],
        ["--seed", "1", "--rate", "0.2", "--deep"],
        ["--seed", "1", "--rate", "0.2"],
    ]
    assert {job["status"] for job in workplace.jobs("--xgroup", group)} == {"SUCCEEDED"}
    text = workplace.caliban("status", "--xgroup", group).expect(0).stdout
    assert text.startswith(f"xgroup {group}:\n")
    assert "train.py --seed 1 --rate 0.1 --deep" in text
    assert containers_of(group) == []


def test_an_experiment_config_comes_through_a_pipe(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": _ECHO})

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--experiment_config", "stdin", "train.py"),
        stdin='[{"rate": 0.5}]',
    ).expect(0)

    assert json.loads(ran.stdout) == ["--rate", "0.5"]


def test_a_failing_job_exits_7_and_its_output_is_kept(workplace: Workplace, group: str) -> None:
    workplace.write(
        {"train.py": "import sys; print('diverged'); sys.exit(3 * ('bad' in sys.argv))"}
    )

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--experiment_config", "stdin", "train.py"),
        stdin='{"kind": ["good", "bad"]}',
    ).expect(7)

    assert "1 of 2 jobs did not succeed" in ran.stderr
    jobs = workplace.jobs("--xgroup", group)
    assert [(job["status"], job["exit_code"]) for job in jobs] == [("SUCCEEDED", 0), ("FAILED", 3)]
    log = workplace.state / "logs" / f"{jobs[1]['name']}.log"
    assert log.read_text() == "diverged\n"


@pytest.mark.parametrize("reader", ["head -n 1", "true"])
@pytest.mark.parametrize("streams", ["", "2>&1"])
def test_a_sweep_goes_on_when_nobody_reads_its_output_any_more(
    workplace: Workplace, group: str, streams: str, reader: str
) -> None:
    workplace.write(
        {
            "train.py": "import sys; print('diverged' * 50_000); sys.exit('bad' in sys.argv)",
            "sweep.json": '{"kind": ["good", "better", "bad"]}',
        }
    )
    workplace.caliban("build", "--nogpu", "train.py").expect(0)

    exit_code = workplace.bash(
        f"caliban run --nogpu --xgroup {group} --experiment_config sweep.json train.py {streams}"
        f" | {reader}; exit ${{PIPESTATUS[0]}}"
    ).exit_code

    assert exit_code == 7
    statuses = [job["status"] for job in workplace.jobs("--xgroup", group)]
    assert statuses == ["SUCCEEDED", "SUCCEEDED", "FAILED"]


def test_a_sweep_goes_on_when_its_output_cannot_be_written(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": _ECHO, "sweep.json": '{"point": [1, 2]}'})

    ran = workplace.bash(
        f"caliban run --nogpu --xgroup {group} --experiment_config sweep.json train.py > /dev/full"
    )

    said = "the output of jobs can't be written (No space left on device); caliban logs shows it"
    assert ran.expect(0).stderr.count(said) == 1
    statuses = [job["status"] for job in workplace.jobs("--xgroup", group)]
    assert statuses == ["SUCCEEDED", "SUCCEEDED"]


def test_arguments_arrive_byte_for_byte(workplace: Workplace, group: str) -> None:
    arguments = ["a b", "'", '"', "$(id)", "`id`", "new\nline", "ünïcode ✓", "", "--", "-h", "*"]
    workplace.write({"train.py": _ECHO})

    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py", "--", *arguments)

    assert json.loads(ran.expect(0).stdout) == arguments


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("trainer.train", "package trainer"),
        ("trainer/train.py", "package None"),
        ("trainer/job.sh", "arguments --rate 1"),
    ],
)
def test_modules_scripts_and_shell_scripts_run_with_only_their_folder(
    workplace: Workplace, group: str, script: str, told: str
) -> None:
    workplace.write(
        {
            "trainer/__init__.py": "",
            "trainer/train.py": "import os; print(os.listdir(), 'package', __package__ or None)",
            "trainer/job.sh": "python -c \"import os; print(os.listdir(), end=' ')\"\n"
            'echo "arguments $*"',
            "elsewhere/data.txt": "",
        }
    )

    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, script, "--", "--rate", "1")

    assert ran.expect(0).stdout == f"['trainer'] {told}\n"


def test_parallel_output_stands_behind_the_job_numbers(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": "import sys; print('first'); print('last', end='')"})

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--parallel", "2"),
        *("--experiment_config", "stdin", "train.py"),
        stdin='{"point": [1, 2]}',
    ).expect(0)

    expected = [f"[job {number}] {word}" for number in (1, 2) for word in ("first", "last")]
    assert sorted(ran.stdout.splitlines()) == expected


def test_an_image_that_exists_is_run_without_building(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": "print('from the image')"})
    image = workplace.caliban("build", "--nogpu", "train.py").expect(0).stdout.strip()
    workplace.write({"train.py": "print('edited since')"})

    ran = workplace.caliban(
        "run", "--nogpu", "--xgroup", group, "--image_id", image, "train.py"
    ).expect(0)

    assert ran.stdout == "from the image\n"
    (job,) = workplace.jobs("--xgroup", group)
    assert job["image"] == image


def test_arguments_for_docker_run_reach_it(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": "import os; print(os.environ['GREETING'], os.environ['PASSED'])"})

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--docker_run_args"),
        *("--env 'GREETING=good day' --env PASSED", "train.py"),
        env={"PASSED": "on"},
    ).expect(0)

    assert ran.stdout == "good day on\n"


def test_docker_run_args_that_docker_does_not_know_are_refused_before_anything_happens(
    workplace: Workplace,
) -> None:
    workplace.write({"train.py": _ECHO})
    bad = ("--docker_run_args", "--memroy 2g")

    for command in (("run", "--nogpu"), ("run", "--nogpu", "--dry_run"), ("shell", "--nogpu")):
        script = () if "shell" in command else ("train.py",)
        refused = workplace.caliban(*command, *bad, *script).expect(2)
        assert refused.stderr.startswith("caliban: --docker_run_args: unknown flag: --memroy\n")
    assert not workplace.state.exists()


def test_docker_run_args_that_docker_refuses_start_nothing(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": _ECHO})

    ran = workplace.caliban(
        *("run", "--nogpu", "--xgroup", group, "--docker_run_args", "--env-file missing.env"),
        *("--experiment_config", "stdin", "train.py"),
        stdin='{"point": [1, 2, 3]}',
    ).expect(5)

    assert "missing.env" in ran.stderr
    statuses = [job["status"] for job in workplace.jobs("--xgroup", group)]
    assert statuses == ["FAILED", "STOPPED", "STOPPED"]
    assert containers_of(group) == []


def test_ctrl_c_stops_what_the_command_started(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": _SLEEP})
    process = workplace.start(
        *("run", "--nogpu", "--xgroup", group, "--experiment_config", "stdin", "train.py"),
        stdin=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"point": [1, 2]}')
        process.stdin.close()
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr is not None
        assert "stopping 1 running job" in process.stderr.read()

    assert [job["status"] for job in workplace.jobs("--xgroup", group)] == ["STOPPED", "STOPPED"]
    assert containers_of(group) == []


def test_two_commands_at_once_in_one_directory_both_work(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": _ECHO})
    words = ("run", "--nogpu", "--xgroup", group, "train.py")

    both = [workplace.start(*words, "--", "--which", which) for which in ("a", "b")]
    told = []
    for process in both:
        with process:
            told.append(process.communicate(timeout=120)[0])

    assert [process.returncode for process in both] == [0, 0]
    assert told == ['["--which", "a"]\n', '["--which", "b"]\n']
    assert len(workplace.jobs("--xgroup", group)) == 2


def test_running_again_in_a_group_adds_a_job_to_the_experiment(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": _ECHO})
    for _ in range(2):
        workplace.caliban("run", "--nogpu", "--rerun", "--xgroup", group, "train.py").expect(0)

    first, second = workplace.jobs("--xgroup", group)

    assert first["experiment"] == second["experiment"]
    assert first["name"] != second["name"]


def test_a_container_removed_behind_its_back_is_lost(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": _SLEEP})
    process = workplace.start("run", "--nogpu", "--xgroup", group, "train.py")
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()
    docker("rm", "--force", *containers_of(group))

    (job,) = workplace.jobs("--xgroup", group)

    assert job["status"] == "LOST"


def test_a_job_that_goes_on_without_its_command_is_seen_to_its_end(
    workplace: Workplace, group: str, tmp_path: Path
) -> None:
    script = "import pathlib, time\nprint('begun', flush=True)\n"
    script += "while not pathlib.Path('/signals/go').exists(): time.sleep(0.05)\nprint('done')\n"
    signals = tmp_path / "signals"
    signals.mkdir()
    workplace.write({"train.py": script})
    process = workplace.start(
        *("run", "--nogpu", "--xgroup", group),
        *("--docker_run_args", f"-v {signals}:/signals", "train.py"),
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()
    (running,) = workplace.jobs("--xgroup", group)
    (signals / "go").touch()
    await_ends(group)

    (ended,) = workplace.jobs("--xgroup", group)

    assert (running["status"], ended["status"]) == ("RUNNING", "SUCCEEDED")
    assert (workplace.state / "logs" / f"{ended['name']}.log").read_text() == "begun\ndone\n"
    assert containers_of(group) == []
