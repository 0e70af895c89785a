"""``caliban resubmit``: which jobs it takes, with which image, and how it ends."""

import json
from pathlib import Path

import pytest

from caliban_cli import ask
from caliban_domain.images import ImageRef, ImageSpec
from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage, NotedImages  # noqa: TID252
from ..conftest import Caliban, everything_below  # noqa: TID252

FILES = {"train.py": "", "sweep.json": '{"n": [1, 2, 3]}'}
SWEEP = ("run", "--nogpu", "--xgroup", "g", "--experiment_config", "sweep.json", "train.py")
OLD, NEW = "0f6d8a3ddbee", "81b2087b5026"


class EditedProject(NotedImages):
    def build(self, spec: ImageSpec, /) -> ImageRef:
        super().build(spec)
        return ImageRef(f"sha256:{NEW}" + "0" * 52)


@pytest.fixture
def one_failed(caliban: Caliban, backstage: Backstage) -> Backstage:
    """The second of three jobs failed; since then the code was changed."""
    backstage.platform = ScriptedPlatform({"2": Play(exit_code=3)})
    assert caliban(*SWEEP, files=FILES).exit_code == 7
    backstage.platform = ScriptedPlatform()
    backstage.images = EditedProject()
    return backstage


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "has_terminal", lambda: True)


def test_what_failed_runs_again_with_the_new_image(
    caliban: Caliban, one_failed: Backstage, project: Path
) -> None:
    finished = caliban("resubmit", "--xgroup", "g", "--yes")
    assert finished.exit_code == 0
    heading, experiment, job, images, *_ = finished.stdout.splitlines()
    assert heading == "the following jobs would be resubmitted:"
    assert experiment == "train.py --n 2"
    assert job.startswith("      job 2        FAILED       LOCAL ")
    assert images == f"          container: {OLD}, now {NEW}"
    assert one_failed.platform.started == ["2"]
    assert [spec.project for spec in one_failed.images.built] == [str(project)]
    shown = json.loads(caliban("status", "--xgroup", "g", "--format", "json").stdout)["jobs"]
    of_second = [job for job in shown if job["args"] == ["--n", "2"]]
    assert [job["status"] for job in of_second] == ["FAILED", "SUCCEEDED"]
    assert len({job["experiment"] for job in of_second}) == 1
    assert of_second[1]["argv"] == of_second[0]["argv"]
    assert of_second[1]["git_commit"] == "4c" * 20


def test_it_works_from_anywhere_and_without_the_projects_settings(
    caliban: Caliban, one_failed: Backstage, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.chdir(home)
    assert caliban("resubmit", "--xgroup", "g", "--yes").exit_code == 0
    assert one_failed.platform.started == ["2"]


def test_all_jobs_means_every_experiment(caliban: Caliban, one_failed: Backstage) -> None:
    assert caliban("resubmit", "--xgroup", "g", "--all_jobs", "--yes").exit_code == 0
    assert one_failed.platform.started == ["1", "2", "3"]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("answer", "started"), [("y\n", ["2"]), ("\n", []), ("", [])])
def test_the_answer_is_no_unless_it_is_yes(
    caliban: Caliban, one_failed: Backstage, answer: str, started: list[str]
) -> None:
    finished = caliban("resubmit", "--xgroup", "g", stdin=answer)
    assert finished.exit_code == 0
    assert "do you wish to resubmit this job? [yN]: " in finished.stdout
    assert one_failed.platform.started == started


def test_without_a_terminal_it_refuses_before_it_builds(
    caliban: Caliban, one_failed: Backstage
) -> None:
    finished = caliban("resubmit", "--xgroup", "g")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert one_failed.images.built == []


def test_a_dry_run_builds_and_runs_nothing(
    caliban: Caliban, one_failed: Backstage, project: Path
) -> None:
    before = everything_below(project)
    finished = caliban("resubmit", "--xgroup", "g", "--dry_run")
    assert finished.exit_code == 0
    assert finished.stdout.count("      job ") == 1
    assert finished.stdout.endswith(
        f"\nwould build a CPU image of {project}\nwould resubmit this job\n"
    )
    assert (one_failed.images.built, one_failed.platform.started) == ([], [])
    assert everything_below(project) == before


def test_a_job_that_fails_again_exits_7(caliban: Caliban, one_failed: Backstage) -> None:
    one_failed.platform = ScriptedPlatform({"2": Play(exit_code=4)})
    finished = caliban("resubmit", "--xgroup", "g", "--yes")
    assert finished.exit_code == 7
    assert "1 of 1 job did not succeed" in finished.stderr


@pytest.mark.usefixtures("one_failed")
@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ((), 2, "resubmit needs --xgroup or --job"),
        (("--job", "99"), 2, "there is no job 99"),
        (("--job", "one"), 2, "--job: 'one' is not a whole number of 1 or more"),
        (("--xgroup", "g", "--state", "DONE"), 2, "--state: 'DONE' is none of the states PLANNED"),
        (("--xgroup", "g", "--state", "LOST"), 3, "no job that was asked for is LOST"),
        (("--xgroup", "h"), 2, "there is no experiment group 'h'"),
        (("--xgroup", "g", "--docker_run_args", "'"), 2, "--docker_run_args"),
        (("--xgroup", "g", "--parallel", "0"), 2, "--parallel: '0'"),
    ],
)
def test_what_is_asked_wrongly_is_a_usage_error(
    caliban: Caliban, words: tuple[str, ...], code: int, complaint: str
) -> None:
    finished = caliban("resubmit", "--yes", *words)
    assert (finished.exit_code, finished.stdout) == (code, "")
    assert finished.complaint.startswith(complaint)


def test_when_all_have_succeeded_there_is_nothing_to_do(
    caliban: Caliban, one_failed: Backstage
) -> None:
    assert caliban("resubmit", "--xgroup", "g", "--yes").exit_code == 0
    finished = caliban("resubmit", "--xgroup", "g", "--yes")
    assert (finished.exit_code, finished.stdout) == (3, "")
    assert "--all_jobs" in finished.hint
    assert one_failed.platform.started == ["2"]


def test_without_a_history_every_group_is_unknown(caliban: Caliban) -> None:
    finished = caliban("resubmit", "--yes", "--xgroup", "g")
    assert (finished.exit_code, finished.stdout) == (2, "")


@pytest.mark.usefixtures("one_failed")
def test_other_peoples_jobs_are_left_alone(caliban: Caliban) -> None:
    mei = {"LOGNAME": "mei"}
    assert caliban("resubmit", "--yes", "--xgroup", "g", env=mei).exit_code == 3
    finished = caliban("resubmit", "--yes", "--job", "2", env=mei)
    assert (finished.exit_code, finished.complaint) == (2, "job 2 is a job of totoro")
    finished = caliban("resubmit", "--dry_run", "--xgroup", "g", "--all_users", env=mei)
    assert " user: totoro (exit code 3)\n" in finished.stdout
    assert finished.stdout.endswith("\nwould resubmit this job (1 of totoro)\n")
    assert caliban("resubmit", "--yes", "--xgroup", "g", "--all_users", env=mei).exit_code == 0


@pytest.mark.parametrize(
    ("words", "started"),
    [
        (("--job", "2"), ["2"]),
        (("--job", "3", "--job", "1", "--all_jobs"), ["1", "3"]),
        (("--job", "2", "--job", "3"), ["2"]),
        (("--xgroup", "g", "--job", "2"), ["2"]),
        (("--xgroup", "g", "--state", "succeeded"), ["1", "3"]),
        (("--xgroup", "g", "--state", "FAILED", "--state", "SUCCEEDED"), ["1", "2", "3"]),
    ],
)
def test_jobs_are_chosen_by_number_and_by_state(
    caliban: Caliban, one_failed: Backstage, words: tuple[str, ...], started: list[str]
) -> None:
    assert caliban("resubmit", "--yes", *words).exit_code == 0
    assert one_failed.platform.started == started


def test_a_job_that_was_tried_again_since_is_not_the_one_to_name(
    caliban: Caliban, one_failed: Backstage
) -> None:
    assert caliban("resubmit", "--yes", "--job", "2").exit_code == 0
    finished = caliban("resubmit", "--yes", "--job", "2")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == "job 2 isn't the last attempt at its experiment: job 4 is"
    assert one_failed.platform.started == ["2"]


def test_what_somebody_else_has_mended_meanwhile_is_not_repeated(
    caliban: Caliban, one_failed: Backstage
) -> None:
    mei = {"LOGNAME": "mei"}
    assert caliban("resubmit", "--yes", "--xgroup", "g", "--all_users", env=mei).exit_code == 0
    assert caliban("resubmit", "--yes", "--xgroup", "g").exit_code == 3
    assert one_failed.platform.started == ["2"]


class Rival(EditedProject):
    """While the image is made, somebody else resubmits the same."""

    def __init__(self, caliban: Caliban, backstage: Backstage) -> None:
        super().__init__()
        self._caliban, self._backstage = caliban, backstage

    def build(self, spec: ImageSpec, /) -> ImageRef:
        self._backstage.images = EditedProject()
        assert self._caliban("resubmit", "--yes", "--xgroup", "g").exit_code == 0
        return super().build(spec)


def test_two_at_once_run_a_job_once(caliban: Caliban, one_failed: Backstage) -> None:
    one_failed.images = Rival(caliban, one_failed)
    assert caliban("resubmit", "--yes", "--xgroup", "g").exit_code == 0
    assert one_failed.platform.started == ["2"]
