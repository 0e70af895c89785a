"""``caliban stop``: which jobs it takes, what it asks, and what it says afterwards."""

import json

import pytest

from caliban_cli import ask
from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252

FILES = {"train.py": "", "sweep.json": '{"n": [1, 2, 3]}'}
SWEEP = ("run", "--nogpu", "--xgroup", "g", "--experiment_config", "sweep.json", "train.py")


@pytest.fixture
def going(caliban: Caliban, backstage: Backstage) -> Backstage:
    """A group whose first job runs without its command; two are planned."""
    backstage.platform = ScriptedPlatform({"1": Play(unavailable_in="logs")})
    assert caliban(*SWEEP, files=FILES).exit_code == 5
    return backstage


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "has_terminal", lambda: True)


def statuses(caliban: Caliban) -> list[str]:
    shown = json.loads(caliban("status", "--format", "json", "--xgroup", "g").stdout)
    return [job["status"] for job in shown["jobs"]]


@pytest.mark.usefixtures("going")
def test_what_has_not_ended_of_a_group_is_stopped(caliban: Caliban) -> None:
    finished = caliban("stop", "--xgroup", "g", "--yes")
    assert finished.exit_code == 0
    heading, first, job, *_ = finished.stdout.splitlines()
    assert heading == "the following jobs would be stopped:"
    assert first == "train.py --n 1"
    assert job.startswith("      job 1        RUNNING      LOCAL ")
    assert finished.stderr == "stopped 3 of 3 jobs\n"
    assert statuses(caliban) == ["STOPPED"] * 3


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("answer", "after"),
    [("y\n", "STOPPED"), ("yes\n", "STOPPED"), ("\n", None), ("n\n", None), ("", None)],
)
def test_the_answer_is_no_unless_it_is_yes(
    caliban: Caliban, going: Backstage, answer: str, after: str | None
) -> None:
    finished = caliban("stop", "--xgroup", "g", stdin=answer)
    assert finished.exit_code == 0
    assert finished.stdout.rstrip("\n").endswith("\ndo you wish to stop these 3 jobs? [yN]: ")
    assert statuses(caliban) == ([after] * 3 if after else ["RUNNING", "PLANNED", "PLANNED"])
    assert (going.platform.running == set()) == bool(after)


@pytest.mark.usefixtures("going")
def test_without_a_terminal_it_refuses_before_anything_happens(caliban: Caliban) -> None:
    finished = caliban("stop", "--xgroup", "g", stdin="y\n")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert "there is no terminal to ask on" in finished.complaint
    assert "--yes" in finished.hint
    assert statuses(caliban) == ["RUNNING", "PLANNED", "PLANNED"]


@pytest.mark.usefixtures("going")
def test_a_dry_run_lists_and_stops_nothing(caliban: Caliban) -> None:
    finished = caliban("stop", "--dry_run")
    assert finished.exit_code == 0
    assert finished.stdout.count("      job ") == 3
    assert statuses(caliban) == ["RUNNING", "PLANNED", "PLANNED"]


@pytest.mark.usefixtures("going")
@pytest.mark.parametrize(
    ("words", "after"),
    [
        (("--state", "planned"), ["RUNNING", "STOPPED", "STOPPED"]),
        (("--state", "RUNNING", "--state", "SUBMITTED"), ["STOPPED", "PLANNED", "PLANNED"]),
        (("--job", "2"), ["RUNNING", "STOPPED", "PLANNED"]),
        (("--job", "3", "--job", "1"), ["STOPPED", "PLANNED", "STOPPED"]),
        (("--xgroup", "g", "--job", "2"), ["RUNNING", "STOPPED", "PLANNED"]),
    ],
)
def test_jobs_are_chosen_by_number_and_by_state(
    caliban: Caliban, words: tuple[str, ...], after: list[str]
) -> None:
    assert caliban("stop", "--yes", *words).exit_code == 0
    assert statuses(caliban) == after


@pytest.mark.usefixtures("going")
def test_other_peoples_jobs_are_left_alone(caliban: Caliban) -> None:
    mei = {"LOGNAME": "mei"}
    assert caliban("stop", "--yes", env=mei).exit_code == 3
    finished = caliban("stop", "--yes", "--job", "1", env=mei)
    assert (finished.exit_code, finished.complaint) == (2, "job 1 is a job of totoro")
    assert statuses(caliban) == ["RUNNING", "PLANNED", "PLANNED"]


@pytest.mark.usefixtures("going", "terminal")
def test_stopping_everybodys_jobs_says_whose_and_how_many(caliban: Caliban) -> None:
    finished = caliban("stop", "--all_users", env={"LOGNAME": "mei"}, stdin="y\n")
    assert "do you wish to stop these 3 jobs (3 of totoro)?" in finished.stdout
    assert finished.stdout.count(" user: totoro\n") == 3
    assert finished.stderr == "stopped 3 of 3 jobs (3 of totoro)\n"
    assert statuses(caliban) == ["STOPPED"] * 3


@pytest.mark.usefixtures("going")
def test_a_dry_run_says_whose_and_how_many_too(caliban: Caliban) -> None:
    finished = caliban("stop", "--all_users", "--dry_run", env={"LOGNAME": "mei"})
    assert finished.stdout.endswith("\nwould stop these 3 jobs (3 of totoro)\n")
    assert caliban("stop", "--dry_run").stdout.endswith("\nwould stop these 3 jobs\n")


def test_a_platform_that_does_not_answer_is_told_and_nothing_changes(
    caliban: Caliban, going: Backstage
) -> None:
    going.platform.is_reachable = False
    finished = caliban("stop", "--yes")
    assert finished.exit_code == 5
    assert "LOCAL doesn't answer" in finished.stderr
    assert "3 jobs couldn't be stopped from here, or not yet" in finished.stderr
    going.platform.is_reachable = True
    assert statuses(caliban) == ["RUNNING", "PLANNED", "PLANNED"]


@pytest.mark.usefixtures("going")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--xgroup", "h"), "there is no experiment group 'h'"),
        (("--job", "99"), "there is no job 99"),
        (("--job", "x"), "--job: 'x' is not a whole number of 1 or more"),
        (("--state", "DONE"), "--state: 'DONE' is none of the states PLANNED, SUBMITTED, RUNNING"),
        (("--grace", "-1"), "--grace: '-1' is not a whole number of 0 or more"),
    ],
)
def test_what_does_not_exist_is_a_usage_error(
    caliban: Caliban, words: tuple[str, ...], complaint: str
) -> None:
    finished = caliban("stop", "--yes", *words)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint.startswith(complaint)


def test_without_a_history_there_is_nothing_to_stop(caliban: Caliban) -> None:
    assert caliban("stop", "--yes").exit_code == 3
    assert caliban("stop", "--yes", "--xgroup", "g").exit_code == 2
    assert caliban("stop", "--yes", "--job", "1").exit_code == 2
