"""``caliban run`` from its plan to its last word."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from caliban_cli import wiring
from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode
from caliban_domain.jobs import Job, JobStatus
from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Bash, Caliban, everything_below  # noqa: TID252

TRAIN = {"train.py": ""}
SWEEP = {**TRAIN, "sweep.json": '{"lr": [0.1, 0.2], "name": "two words", "fast": [true, false]}'}
FOUR = {**TRAIN, "sweep.json": '{"n": [1, 2, 3, 4]}'}

TWO_FAIL = {"2": Play(exit_code=3), "4": Play(exit_code=1)}


def test_a_dry_run_says_what_would_happen(caliban: Caliban, project: Path) -> None:
    finished = caliban(
        *("run", "--nogpu", "--dry_run", "--xgroup", "forest", "-d", "data", "--parallel", "2"),
        *("--experiment_config", "sweep.json", "trainer/train.py", "--", "--epochs", "5"),
        files={
            **SWEEP,
            "trainer/train.py": "",
            "data/": "",
            "requirements.txt": "numpy",
            ".calibanconfig.json": '{"apt_packages": ["git"], "base_image": "python:3.11-slim"}',
        },
    )
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert (
        finished.stdout
        == f"""\
would build a CPU image of {project} from python:3.11-slim:
  install git
  install requirements.txt
  copy data
  copy trainer
would run 4 jobs in xgroup forest, 2 at a time:
  python trainer/train.py --epochs 5 --lr 0.1 --name 'two words' --fast
  python trainer/train.py --epochs 5 --lr 0.1 --name 'two words'
  python trainer/train.py --epochs 5 --lr 0.2 --name 'two words' --fast
  python trainer/train.py --epochs 5 --lr 0.2 --name 'two words'
"""
    )


@pytest.mark.parametrize("spelling", ["--dry_run", "--dry-run"])
def test_a_dry_run_touches_nothing(
    caliban: Caliban, project: Path, home: Path, spelling: str
) -> None:
    words = ("run", spelling, "--experiment_config", "sweep.json", "train.py")
    assert caliban(*words, files=SWEEP).exit_code == 0
    before = everything_below(home, project)
    assert caliban(*words).exit_code == 0
    assert everything_below(home, project) == before
    assert set(before) == {project / "train.py", project / "sweep.json"}


def test_a_dry_run_asks_no_tracking_server(caliban: Caliban) -> None:
    config = '{"mlflow_config": {"tracking_uri": "http://127.0.0.1:9"}}'
    finished = caliban(
        "run", "--nogpu", "--dry_run", "train.py", files={**TRAIN, ".calibanconfig.json": config}
    )
    assert (finished.exit_code, finished.stderr) == (0, "")


def test_a_dry_run_speaks_in_the_conditional(caliban: Caliban) -> None:
    finished = caliban("run", "--dry_run", "train.py", files=TRAIN)
    said = finished.stdout.lower()
    assert said.count("would ") == 2
    for claim in ("succeeded", "submitted", "running", "started", "built"):
        assert claim not in said


def test_a_dry_run_needs_no_gpu(caliban: Caliban) -> None:
    finished = caliban("run", "--dry_run", "train.py", files=TRAIN)
    assert finished.exit_code == 0
    assert finished.stdout.startswith("would build a GPU image of ")


def test_a_dry_run_of_a_given_image_builds_nothing(caliban: Caliban) -> None:
    finished = caliban(
        "run", "--dry_run", "--image_id", "abc", "--xgroup", "g", "train.py", files=TRAIN
    )
    assert finished.stdout == (
        "would run the image abc\nwould run 1 job in xgroup g, 1 at a time:\n  python train.py\n"
    )


def test_a_group_that_nobody_named_is_called_after_its_user_and_second(caliban: Caliban) -> None:
    finished = caliban("run", "--dry_run", "train.py", files=TRAIN)
    assert " in xgroup totoro-xgroup-20" in finished.stdout


@pytest.mark.parametrize("name", ["stdin", "STDIN", "-"])
def test_a_sweep_is_read_from_standard_input(caliban: Caliban, name: str) -> None:
    finished = caliban(
        *("run", "--dry_run", "--experiment_config", name, "train.py"),
        files=TRAIN,
        stdin='[{"a": 1}, {"a": 2}]',
    )
    assert finished.stdout.splitlines()[-2:] == [
        "  python train.py --a 1",
        "  python train.py --a 2",
    ]


def test_a_sweep_comes_through_a_pipe(bash: Bash) -> None:
    finished = bash(
        "expansion sweep.json | sed 's/0.1/0.3/' | "
        "caliban run --nogpu --experiment_config stdin --dry_run train.py",
        SWEEP,
    )
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert "  python train.py --lr 0.3 --name 'two words' --fast\n" in finished.stdout


def test_a_sweep_may_be_yaml(caliban: Caliban) -> None:
    finished = caliban(
        *("run", "--dry_run", "--experiment_config", "sweep.yaml", "train.py"),
        files={**TRAIN, "sweep.yaml": "lr: [1e-3, 1e-2]\n"},
    )
    assert finished.stdout.endswith("  python train.py --lr 0.001\n  python train.py --lr 0.01\n")


def test_script_arguments_reach_the_plan_quoted(caliban: Caliban) -> None:
    finished = caliban(
        *("run", "--dry_run", "train.py", "--", "-h", "$(rm *)", "", "it's", "--", "ü"), files=TRAIN
    )
    assert finished.stdout.endswith("""  python train.py -h '$(rm *)' '' 'it'"'"'s' -- 'ü'\n""")


def test_a_sweep_without_experiments_is_nothing_to_do(caliban: Caliban, home: Path) -> None:
    finished = caliban("run", "--experiment_config", "-", "train.py", files=TRAIN, stdin="[]")
    assert (finished.exit_code, finished.stdout) == (3, "")
    assert finished.complaint == "- describes no experiments"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("flag", ["", "--nogpu"])
def test_without_an_engine_no_job_is_recorded(bash: Bash, flag: str) -> None:
    finished = bash(f"caliban run {flag} --xgroup g train.py", TRAIN)
    assert (finished.exit_code, finished.stdout) == (5, "")
    assert finished.complaint.startswith("no Docker engine answers")
    assert bash("caliban status").stdout == "no jobs yet for user totoro\n"
    assert bash("caliban status --xgroup g").exit_code == 2


def test_a_single_job_runs_raw(caliban: Caliban, backstage: Backstage) -> None:
    backstage.platform = ScriptedPlatform({"1": Play(output=[b"10%\r", b"20%\r\n", b"done"])})
    finished = caliban(
        "run", "--nogpu", "--xgroup", "g", "train.py", "--", "--lr", "1", files=TRAIN
    )
    assert (finished.exit_code, finished.stdout) == (0, "10%\r20%\r\ndone")
    assert finished.stderr == (
        "running 1 job in xgroup g\njob 1 started: train.py --lr 1\njob 1 succeeded\n"
    )
    (built,) = backstage.images.built
    assert built.mode is JobMode.CPU


def test_a_sweep_runs_in_order_and_says_where_it_can_be_seen(
    caliban: Caliban, backstage: Backstage
) -> None:
    finished = caliban(
        *("run", "--nogpu", "--xgroup", "my group", "--experiment_config", "a.json", "train.py"),
        files={**TRAIN, "a.json": '{"a": [1, 2]}'},
    )
    assert (finished.exit_code, finished.stdout) == (0, "")
    assert finished.stderr.splitlines() == [
        "running 2 jobs in xgroup my group, 1 at a time",
        "job 1 started: train.py --a 1",
        "job 1 succeeded (1 of 2)",
        "job 2 started: train.py --a 2",
        "job 2 succeeded (2 of 2)",
        "2 jobs succeeded; caliban status --xgroup 'my group' shows them",
    ]
    assert backstage.platform.started == ["1", "2"]
    assert len(backstage.images.built) == 1


def test_parallel_jobs_write_behind_their_numbers(caliban: Caliban, backstage: Backstage) -> None:
    plays = {title: Play(output=[b"hel", b"lo\nbye"]) for title in "1234"}
    backstage.platform = ScriptedPlatform(plays, together=2)
    finished = caliban(
        *("run", "--nogpu", "--parallel", "2", "--experiment_config", "sweep.json", "train.py"),
        files=FOUR,
    )
    assert finished.exit_code == 0
    assert sorted(finished.stdout.splitlines()) == sorted(
        f"[job {number}] {line}" for number in range(1, 5) for line in ("hello", "bye")
    )
    assert finished.stderr.splitlines()[0].endswith(", 2 at a time")
    assert backstage.platform.most_at_once == 2


def test_failed_jobs_exit_7_with_a_table_of_them(caliban: Caliban, backstage: Backstage) -> None:
    backstage.platform = ScriptedPlatform(TWO_FAIL)
    finished = caliban(
        *("run", "--nogpu", "--xgroup", "g", "--experiment_config", "sweep.json", "train.py"),
        files=FOUR,
    )
    assert (finished.exit_code, finished.stdout) == (7, "")
    *_, header, first, second, complaint, hint = finished.stderr.splitlines()
    assert header.split() == ["JOB", "STATUS", "EXIT", "PLATFORM", "CREATED", "GROUP", "EXPERIMENT"]
    assert first.split()[:3] == ["2", "FAILED", "3"]
    assert second.split()[:3] == ["4", "FAILED", "1"]
    assert complaint == "caliban: 2 of 4 jobs did not succeed"
    assert hint == "hint: caliban why g says why; caliban status --xgroup g shows them"
    assert backstage.platform.started == ["1", "2", "3", "4"]


class _Interrupted(ScriptedPlatform):
    """Its user presses Ctrl-C as soon as a job runs."""

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        os.kill(os.getpid(), signal.SIGINT)
        yield from super().logs(job, follow=follow)


def test_an_interrupt_stops_what_runs_and_starts_nothing_more(
    caliban: Caliban, backstage: Backstage
) -> None:
    backstage.platform = _Interrupted({"1": Play(output=[b"half a line"], lasts=True)})
    before = signal.getsignal(signal.SIGINT)
    try:
        finished = caliban(
            *("run", "--nogpu", "--experiment_config", "sweep.json", "train.py"), files=FOUR
        )
        assert signal.getsignal(signal.SIGINT) != before, "a second Ctrl-C should leave at once"
    finally:
        signal.signal(signal.SIGINT, before)
    assert finished.exit_code == 130
    *before_the_last, last = finished.stderr.splitlines()
    stopping = "stopping 1 running job; Ctrl-C again leaves without waiting for them"
    assert stopping in before_the_last
    assert last == "caliban: interrupted"
    assert backstage.platform.started == ["1"]
    assert {job.status for job in backstage.memory.recent()} == {JobStatus.STOPPED}


def test_without_a_gpu_nothing_is_built(
    caliban: Caliban, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> NoReturn:
        raise UsageError("the Docker engine offers no GPU")

    monkeypatch.setattr(wiring, "require_gpus", refuse)
    assert caliban("run", "train.py", files=TRAIN).exit_code == 2
    assert backstage.images.built == []
    monkeypatch.setattr(wiring, "require_gpus", lambda: None)
    assert caliban("run", "train.py").exit_code == 0
    assert backstage.images.built[0].mode is JobMode.GPU


def test_running_again_in_a_group_adds_jobs_to_its_experiments(
    caliban: Caliban, backstage: Backstage
) -> None:
    words = ("run", "--nogpu", "--xgroup", "g", "train.py", "--", "--lr", "1")
    assert caliban(*words, files=TRAIN).exit_code == 0
    assert caliban(words[0], "--rerun", *words[1:]).exit_code == 0
    jobs = backstage.memory.recent()
    assert {(job.experiment.number, job.status) for job in jobs} == {(1, JobStatus.SUCCEEDED)}
    assert [job.number for job in jobs] == [1, 2]


def test_a_given_image_is_not_built(caliban: Caliban, backstage: Backstage) -> None:
    assert caliban("run", "--nogpu", "--image_id", "abc", "train.py", files=TRAIN).exit_code == 0
    (job,) = backstage.memory.recent()
    assert (job.spec.image.reference, job.experiment.spec) == ("abc", None)
    assert backstage.images.built == []


def test_what_was_run_can_be_seen(caliban: Caliban, backstage: Backstage) -> None:
    backstage.platform = ScriptedPlatform(TWO_FAIL)
    caliban("run", "--nogpu", "--experiment_config", "sweep.json", "train.py", files=FOUR)
    shown = json.loads(caliban("status", "--format", "json").stdout)
    assert [job["exit_code"] for job in shown["jobs"]] == [0, 3, 0, 1]
    assert backstage.platform.held == set()
