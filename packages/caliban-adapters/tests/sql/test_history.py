"""The history in a database: what it promises beyond its port, to more than one process."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caliban_adapters.sql.engine import Database
from caliban_adapters.sql.history import SqlHistory, existing_history, open_history
from caliban_domain.errors import UnknownGroup
from caliban_domain.jobs import JobStatus
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import History
from port_contracts.history import (
    ENROLMENT,
    OPEN,
    SUCCEEDED,
    HistoryContract,
    enroll_one,
    enroll_seeds,
    names_of,
    seeds_of,
)
from port_contracts.history_resume import ResumeContract

AtOnce = Callable[..., list[str]]
Work = Callable[[SqlHistory, JobName], object]


class TestSqlHistory(HistoryContract, ResumeContract):
    @pytest.fixture
    def history(self, url: str) -> Iterator[History]:
        with open_history(url) as history:
            yield history


# Opening


def test_a_history_lasts(url: str) -> None:
    with open_history(url) as history:
        first = enroll_one(history)
        history.record({first.name: SUCCEEDED})
    with open_history(url) as history:
        second = enroll_one(history, replace(ENROLMENT, rerun=True))
        assert list(history.recent()) == [replace(first, outcome=SUCCEEDED), second]
        assert second.experiment == first.experiment
        assert second.name != first.name


def test_two_histories_name_their_jobs_differently(tmp_path: Path) -> None:
    with open_history(tmp_path / "a.db") as mine, open_history(tmp_path / "b.db") as theirs:
        assert enroll_one(mine).name != enroll_one(theirs).name


@pytest.mark.parametrize("path", ["", "state", "state/caliban"])
def test_asking_for_a_history_that_nobody_made_touches_nothing(tmp_path: Path, path: str) -> None:
    assert existing_history(tmp_path / path / "history.db") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_content_is_no_history_yet(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    file.touch()
    assert existing_history(file) is None
    assert file.stat().st_size == 0
    with open_history(file) as history:
        assert enroll_one(history) in history.recent()


def test_a_database_without_tables_is_no_history_yet(tmp_path: Path) -> None:
    """A process was killed when it had begun to make one."""
    file = tmp_path / "history.db"
    with sqlite3.connect(file) as begun:
        begun.execute("PRAGMA journal_mode = WAL")
    begun.close()
    assert existing_history(file) is None
    with open_history(file) as history:
        assert enroll_one(history) in history.recent()


def test_a_history_that_exists_is_found(file: Path) -> None:
    with open_history(file) as history:
        job = enroll_one(history)
    found = existing_history(file)
    assert found is not None
    with found:
        assert list(found.recent()) == [job]


def test_leaving_a_history_leaves_one_file(file: Path) -> None:
    with open_history(file) as history:
        enroll_one(history)
        assert len(list(file.parent.iterdir())) > 1
    assert list(file.parent.iterdir()) == [file]


OPENED = """
import sys
from pathlib import Path
from typing import Any
from caliban_adapters.sql.history import open_history
print("ready", flush=True)
input()
with open_history(Path(sys.argv[1])) as history:
    history.recent()
print(sorted(sys.modules))
"""


def test_opening_a_history_loads_no_more_than_it_needs(file: Path, at_once: AtOnce) -> None:
    (printed,) = at_once(OPENED, (file,))
    assert "sqlalchemy.dialects.sqlite" in printed
    assert "alembic" not in printed
    assert "sqlalchemy.dialects.postgresql" not in printed
    assert "sqlalchemy.orm" not in printed


# Groups


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("my-sweeep", "did you mean my-sweep or my-sweep-2?"),
        ("totoro", None),
    ],
)
def test_an_unknown_group_is_answered_with_those_called_alike(
    database: Database, asked: str, hint: str | None
) -> None:
    history = SqlHistory(database)
    for group in ("my-sweep", "my-sweep-2", "forest"):
        enroll_one(history, replace(ENROLMENT, group=GroupName(group)))
    with pytest.raises(UnknownGroup) as caught:
        history.of_group(GroupName(asked))
    assert caught.value.hint == hint


# Many processes

PROGRAM = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from caliban_adapters.sql.history import open_history
from caliban_domain.jobs import JobStatus, Outcome
from port_contracts.history import *
print("ready", flush=True)
input()
with open_history(sys.argv[1]) as history:
"""


def test_processes_that_make_a_history_together_make_one(empty_url: str, at_once: AtOnce) -> None:
    program = PROGRAM + "    print(enroll_seeds(history, int(sys.argv[2]))[0].name)"
    names = at_once(program, *((empty_url, seed) for seed in range(10)))
    with open_history(empty_url) as history:
        assert {f"{name}\n" for name in names_of(history.recent())} == set(names)


def test_processes_that_write_together_lose_nothing(url: str, at_once: AtOnce) -> None:
    program = (
        PROGRAM
        + """\
    for seed in range(50 * int(sys.argv[2]), 50 * int(sys.argv[2]) + 50):
        (job,) = enroll_seeds(history, seed)
        history.record({job.name: RUNNING})
        history.record({job.name: SUCCEEDED})
        if seed % 2:
            history.settle([job.name])
"""
    )
    at_once(program, *((url, process) for process in range(10)))
    with open_history(url) as history:
        jobs = history.recent()
        assert sorted(seeds_of(jobs)) == list(range(500))
        assert {job.outcome for job in jobs} == {SUCCEEDED}
        assert sorted(seeds_of(history.unsettled())) == list(range(0, 500, 2))


def test_processes_that_enrol_one_sweep_together_share_its_jobs(url: str, at_once: AtOnce) -> None:
    program = PROGRAM + "    print(names_of(enroll_seeds(history, *range(50))))"
    printed = at_once(program, *[(url,)] * 4)
    with open_history(url) as history:
        assert set(printed) == {f"{names_of(history.recent())}\n"}


def test_processes_that_end_jobs_together_agree_on_the_ends(url: str, at_once: AtOnce) -> None:
    program = (
        PROGRAM
        + """\
    observed = Outcome(status=JobStatus(sys.argv[2]))
    names = names_of(history.recent())
    seen = {name: history.record({name: observed})[name].status for name in names}
    print(json.dumps(seen))
"""
    )
    with open_history(url) as history:
        enroll_seeds(history, *range(100))
        observed = [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.RUNNING]
        printed = at_once(program, *((url, status) for status in observed))
        for job in history.recent():
            seen = {JobStatus(json.loads(line)[job.name]) for line in printed}
            assert {status for status in seen if status.is_terminal} == {job.status}
            assert job.status.is_terminal


def test_a_process_killed_while_it_enrols_leaves_no_trace(url: str, at_once: AtOnce) -> None:
    program = (
        PROGRAM
        + """\
    def plan(experiment, name):
        if experiment == seeded(1999):
            os._exit(0)
        return planned_by(ENROLMENT, experiment, name)
    history.enroll(ENROLMENT, map(seeded, range(2000)), plan)
"""
    )
    with open_history(url) as history:
        job = enroll_one(history)
        at_once(program, (url,))
        assert list(history.recent()) == [job]
        assert enroll_one(history) == job


# Work that doesn't grow


def end_and_settle(history: SqlHistory, name: JobName) -> None:
    history.record({name: SUCCEEDED})
    history.settle([name])


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda history, _: history.recent(limit=10), id="recent"),
        pytest.param(lambda history, _: history.recent(user="mei", limit=10), id="of one user"),
        pytest.param(
            lambda history, _: history.recent(user="mei", limit=10, states=OPEN), id="not ended"
        ),
        pytest.param(lambda history, _: history.unsettled(), id="unsettled"),
        pytest.param(lambda history, _: history.of_group("small"), id="of one group"),
        pytest.param(
            lambda history, _: history.of_group("small", user="mei"), id="of one group and user"
        ),
        pytest.param(lambda history, _: history.of_group("small", limit=1), id="newest of a group"),
        pytest.param(lambda history, name: history.is_planned(name), id="is planned"),
        pytest.param(lambda history, name: history.record({name: SUCCEEDED}), id="record"),
        pytest.param(end_and_settle, id="settle"),
        pytest.param(lambda history, _: enroll_one(history), id="enrol"),
    ],
)
def test_work_does_not_grow_with_the_history(database: Database, work: Work) -> None:
    history = SqlHistory(database)
    small = replace(ENROLMENT, group=GroupName("small"), user="mei")
    jobs = enroll_seeds(history, *range(20), *range(20), enrolment=small)
    few = steps_of(database, lambda: work(history, jobs[0].name))
    large = replace(ENROLMENT, script="other.py", user="mei")
    many = enroll_seeds(history, *range(5_000), enrolment=large)
    history.record({job.name: SUCCEEDED for job in many})
    history.settle(names_of(many))
    assert steps_of(database, lambda: work(history, jobs[1].name)) <= 1.2 * few


def steps_of(database: Database, work: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for the work."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with database.reading() as connection:
        driver: Any = connection.connection.dbapi_connection
    driver.set_progress_handler(count, 1)
    work()
    driver.set_progress_handler(None, 1)
    return steps
