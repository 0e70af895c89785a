"""``caliban status``, with a history and without."""

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from caliban_domain.dry_run import MemoryHistory
from caliban_domain.errors import HistoryNotWritable
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.names import JobName
from port_contracts.history import ENROLMENT, enroll_one
from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban, everything_below  # noqa: TID252

Step = Literal["submit", "logs"]


@pytest.fixture
def ran(caliban: Caliban, backstage: Backstage) -> Backstage:
    """Two groups were run: ``one`` with one experiment twice, ``two`` with three."""
    files = {"train.py": "", "a.json": '{"a": [1, 2, 3]}'}
    words: tuple[str, ...] = ("run", "--nogpu", "--rerun", "--xgroup", "one", "train.py")
    for _ in range(2):
        assert caliban(*words, files=files).exit_code == 0
    words = ("run", "--nogpu", "--xgroup", "two", "--experiment_config", "a.json", "train.py")
    assert caliban(*words).exit_code == 0
    return backstage


def numbers(finished_stdout: str) -> list[int]:
    return [job["job"] for job in json.loads(finished_stdout)["jobs"]]


def test_without_a_history_there_are_no_jobs_and_none_is_made(
    caliban: Caliban, project: Path, home: Path
) -> None:
    finished = caliban("status")
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == "no jobs yet for user totoro\n"
    assert everything_below(project, home) == {}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("json", '{\n  "version": 1,\n  "jobs": []\n}\n'),
        ("table", "JOB  STATUS  EXIT  PLATFORM  CREATED  GROUP  EXPERIMENT\n"),
    ],
)
def test_no_jobs_have_a_form_too(caliban: Caliban, form: str, expected: str) -> None:
    assert caliban("status", "--format", form).stdout == expected


def test_a_history_that_cannot_be_looked_for_is_not_taken_for_none(caliban: Caliban) -> None:
    finished = caliban("status", env={"XDG_STATE_HOME": f"/{'x' * 300}"})
    assert (finished.exit_code, finished.stdout) == (6, "")
    assert finished.complaint.endswith("/caliban/history.db can't be used: File name too long")


def test_without_a_history_every_group_is_unknown(caliban: Caliban, home: Path) -> None:
    finished = caliban("status", "--xgroup", "forest")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint.startswith("there is no experiment group 'forest'")
    assert list(home.iterdir()) == []


def test_a_broken_project_config_does_not_matter(caliban: Caliban) -> None:
    assert caliban("status", files={".calibanconfig.json": "{"}).exit_code == 0


@pytest.mark.usefixtures("ran")
def test_recent_jobs_stand_under_their_groups(caliban: Caliban, project: Path) -> None:
    finished = caliban("status")
    assert (finished.exit_code, finished.stderr) == (0, "")
    heading, nothing, *lines = finished.stdout.splitlines()
    assert (heading, nothing) == ("most recent 5 jobs for user totoro:", "")
    assert [line for line in lines if line.startswith("xgroup")] == ["xgroup one:", "xgroup two:"]
    assert f"  docker config 1: job_mode: CPU, build url: {project}, extra dirs: None" in lines
    assert "    experiment id 2: train.py --a 1" in lines
    assert sum(line.startswith("      job ") for line in lines) == 5


@pytest.mark.usefixtures("ran")
def test_max_jobs_keeps_the_most_recent(caliban: Caliban) -> None:
    shown = caliban("status", "--max_jobs", "2", "--format", "json").stdout
    assert numbers(shown) == [4, 5]
    assert caliban("status", "--max_jobs", "2").stdout.startswith("most recent 2 jobs ")
    assert caliban("status", "--max_jobs", "1").stdout.startswith("most recent job for user ")


@pytest.mark.usefixtures("backstage")
def test_fifty_jobs_are_shown_by_default_and_all_for_0(caliban: Caliban) -> None:
    sweep = json.dumps({"a": list(range(60))})
    words = ("run", "--nogpu", "--experiment_config", "-", "train.py")
    assert caliban(*words, files={"train.py": ""}, stdin=sweep).exit_code == 0
    assert numbers(caliban("status", "--format", "json").stdout) == list(range(11, 61))
    every = caliban("status", "--format", "json", "--max_jobs", "0").stdout
    assert numbers(every) == list(range(1, 61))


@pytest.mark.usefixtures("ran")
def test_a_group_is_shown_with_so_many_jobs_of_each_experiment(caliban: Caliban) -> None:
    words = ("status", "--format", "json", "--xgroup")
    assert numbers(caliban(*words, "one").stdout) == [1, 2]
    assert numbers(caliban(*words, "one", "--max_jobs", "1").stdout) == [2]
    assert numbers(caliban(*words, "two", "--max_jobs", "1").stdout) == [3, 4, 5]
    assert caliban("status", "--xgroup", "one").stdout.startswith("xgroup one:\n")


@pytest.mark.usefixtures("ran")
def test_an_unknown_group_is_a_usage_error(caliban: Caliban) -> None:
    finished = caliban("status", "--xgroup", "three")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint.startswith("there is no experiment group 'three'")


@pytest.mark.usefixtures("ran")
def test_only_ones_own_jobs_are_shown(caliban: Caliban) -> None:
    mei = {"LOGNAME": "mei"}
    assert caliban("status", env=mei).stdout == "no jobs yet for user mei\n"
    assert caliban("status", "--xgroup", "one", env=mei).stdout == "no jobs of mei in xgroup one\n"


@pytest.fixture
def shared(caliban: Caliban, backstage: Backstage) -> None:
    """In group ``g``, totoro's job 1 succeeded, 2 failed; mei's job 3 failed."""
    backstage.platform = ScriptedPlatform({"2": Play(exit_code=1), "3": Play(exit_code=1)})
    files = {"train.py": "", "a.json": '{"a": [1, 2]}', "b.json": '{"a": [3]}'}
    words = ("run", "--nogpu", "--xgroup", "g", "--experiment_config")
    assert caliban(*words, "a.json", "train.py", files=files).exit_code == 7
    assert caliban(*words, "b.json", "train.py", env={"LOGNAME": "mei"}).exit_code == 7


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--state", "FAILED"), [2]),
        (("--state", "failed", "--state", "SUCCEEDED"), [1, 2]),
        (("--state", "FAILED", "--all_users"), [2, 3]),
        (("--state", "FAILED", "--all_users", "--max_jobs", "1"), [3]),
        (("--xgroup", "g", "--state", "FAILED"), [2]),
        (("--xgroup", "g", "--all_users"), [1, 2, 3]),
        (("--job", "3", "--job", "1"), [1, 3]),
        (("--job", "3", "--job", "1", "--state", "FAILED"), [3]),
    ],
)
def test_jobs_are_chosen_by_number_state_and_user(
    caliban: Caliban, words: tuple[str, ...], expected: list[int]
) -> None:
    assert numbers(caliban("status", "--format", "json", *words).stdout) == expected


@pytest.mark.usefixtures("shared")
def test_whose_jobs_they_are_is_said_where_they_are_not_all_ones_own(caliban: Caliban) -> None:
    text = caliban("status", "--all_users").stdout
    assert text.startswith("most recent 3 jobs for all users:\n")
    assert " user: totoro (exit code 1)\n" in text
    assert text.endswith(" user: mei (exit code 1)\n")
    header, *rows = caliban("status", "--all_users", "--format", "table").stdout.splitlines()
    at = header.split().index("USER")
    assert [row.split()[at] for row in rows] == ["totoro", "totoro", "mei"]
    assert "user" not in caliban("status", "--xgroup", "g").stdout


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no LOST jobs for user totoro\n"),
        (("--all_users",), "no LOST jobs for all users\n"),
        (("--xgroup", "g"), "no LOST jobs of totoro in xgroup g\n"),
        (("--xgroup", "g", "--all_users"), "no LOST jobs in xgroup g\n"),
        (("--job", "1"), "none of these jobs is LOST\n"),
    ],
)
def test_where_no_job_is_in_a_state_it_says_so(
    caliban: Caliban, words: tuple[str, ...], said: str
) -> None:
    finished = caliban("status", "--state", "LOST", *words)
    assert (finished.exit_code, finished.stdout) == (0, said)


def test_an_unknown_state_is_a_usage_error(caliban: Caliban) -> None:
    finished = caliban("status", "--state", "DONE")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint.startswith("--state: 'DONE' is none of the states PLANNED, SUBM")


@pytest.mark.usefixtures("ran")
def test_the_formats_agree(caliban: Caliban) -> None:
    shown = {form: caliban("status", "--format", form).stdout for form in ("json", "csv", "table")}
    names = [job["name"] for job in json.loads(shown["json"])["jobs"]]
    assert [row["name"] for row in csv.DictReader(io.StringIO(shown["csv"]))] == names
    assert len(shown["table"].splitlines()) == 1 + len(names)


@pytest.mark.usefixtures("ran")
def test_one_job_is_shown_by_its_number_with_all_that_is_known_of_it(caliban: Caliban) -> None:
    shown = json.loads(caliban("status", "--job", "4", "--format", "json").stdout)
    (job,) = shown["jobs"]
    assert (job["job"], job["group"], job["args"]) == (4, "two", ["--a", "2"])
    assert (job["git_commit"], job["git_dirty"]) == ("4c" * 20, False)
    assert job["argv"][-3:] == ["train.py", "--a", "2"]
    text = caliban("status", "--job", "4", env={"LOGNAME": "mei"}).stdout
    assert text.startswith("xgroup two:\n")
    assert text.count("      job ") == 1


@pytest.mark.usefixtures("ran")
def test_an_unknown_job_is_a_usage_error(caliban: Caliban) -> None:
    finished = caliban("status", "--job", "99")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == "there is no job 99"
    assert caliban("status", "--job", "0").exit_code == 2
    assert caliban("status", "--job", "1", "--xgroup", "one").exit_code == 2


def test_without_a_history_every_job_is_unknown(caliban: Caliban, home: Path) -> None:
    assert caliban("status", "--job", "1").complaint == "there is no job 1"
    assert list(home.iterdir()) == []


def run_and_lose_the_platform(caliban: Caliban, backstage: Backstage, step: Step) -> None:
    backstage.platform = ScriptedPlatform({"1": Play(unavailable_in=step)})
    files = {"train.py": "", "a.json": '{"a": [1, 2]}'}
    words = ("run", "--nogpu", "--experiment_config", "a.json", "train.py")
    assert caliban(*words, files=files).exit_code == 5


def test_jobs_that_were_never_started_get_a_hint(caliban: Caliban, backstage: Backstage) -> None:
    run_and_lose_the_platform(caliban, backstage, "submit")
    finished = caliban("status", "--format", "json")
    assert {job["status"] for job in json.loads(finished.stdout)["jobs"]} == {JobStatus.PLANNED}
    assert finished.stderr.startswith("hint: 2 planned and not started; ")


def test_a_platform_that_does_not_answer_is_told_and_stops_nothing(
    caliban: Caliban, backstage: Backstage
) -> None:
    run_and_lose_the_platform(caliban, backstage, "logs")
    backstage.platform.is_reachable = False
    finished = caliban("status", "--format", "json")
    assert finished.exit_code == 0
    assert numbers(finished.stdout) == [1, 2]
    assert finished.complaint == "LOCAL doesn't answer; its jobs may be further on than shown"


class ReadOnlyHistory(MemoryHistory):
    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        raise HistoryNotWritable("the history can't be written")


@pytest.mark.parametrize("words", [("status",), ("status", "--job", "1"), ("why", "1")])
def test_whoever_may_only_read_the_history_sees_it_as_it_is(
    caliban: Caliban, backstage: Backstage, words: tuple[str, ...]
) -> None:
    backstage.memory = ReadOnlyHistory()
    here = replace(ENROLMENT, user="totoro", host=os.uname().nodename)
    enroll_one(backstage.memory, here)
    finished = caliban(*words)
    assert finished.exit_code == 0
    assert "job 1 " in finished.stdout
    assert finished.complaint == "the history can't be written; jobs may be further on than shown"


def test_what_happened_meanwhile_is_asked_for(caliban: Caliban, backstage: Backstage) -> None:
    run_and_lose_the_platform(caliban, backstage, "logs")
    backstage.platform.finish()
    shown = json.loads(caliban("status", "--format", "json").stdout)
    assert [job["status"] for job in shown["jobs"]] == ["SUCCEEDED", "PLANNED"]
    assert backstage.platform.held == set()


@pytest.mark.parametrize("given", ["-1", "many", "1.5", ""])
def test_max_jobs_is_a_whole_number(caliban: Caliban, given: str) -> None:
    finished = caliban("status", "--max_jobs", given)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == f"--max_jobs: {given!r} is not a whole number of 0 or more"
