"""What every history promises to those who look at it."""

import re
from dataclasses import replace

import pytest

from caliban_domain.errors import UnknownGroup
from caliban_domain.jobs import JobStatus
from caliban_domain.names import GroupName
from caliban_domain.ports import History
from port_contracts.history_scene import (
    ENROLMENT,
    FAILED,
    RUNNING,
    SUCCEEDED,
    enroll_one,
    enroll_seeds,
    numbers_of,
    seeds_of,
)


class ShowingContract:
    """Subclasses have a fixture ``history``, which holds nothing at first."""

    # What is shown

    @pytest.mark.parametrize(
        ("limit", "seeds"), [(None, [1, 2, 3]), (9, [1, 2, 3]), (2, [2, 3]), (1, [3]), (0, [])]
    )
    def test_the_newest_jobs_are_shown_oldest_of_them_first(
        self, history: History, limit: int | None, seeds: list[int]
    ) -> None:
        enroll_seeds(history, 1, 2, 3)
        assert seeds_of(history.recent(limit=limit)) == seeds

    def test_the_newest_jobs_of_one_user_are_shown(self, history: History) -> None:
        enroll_seeds(history, 1, 2, 3)
        enroll_seeds(history, 4, 5, enrolment=replace(ENROLMENT, user="mei"))
        enroll_seeds(history, 6)
        assert seeds_of(history.recent(user="totoro")) == [1, 2, 3, 6]
        assert seeds_of(history.recent(user="mei")) == [4, 5]
        assert seeds_of(history.recent(user="totoro", limit=2)) == [3, 6]
        assert seeds_of(history.recent(limit=2)) == [5, 6]
        assert list(history.recent(user="satsuki")) == []

    def test_the_newest_jobs_in_some_states_are_shown(self, history: History) -> None:
        jobs = enroll_seeds(history, *range(6))
        ends = (SUCCEEDED, FAILED, RUNNING, SUCCEEDED, FAILED)
        history.record({job.name: end for job, end in zip(jobs, ends, strict=False)})
        history.settle([jobs[0].name, jobs[1].name])
        failed, open_ones = {JobStatus.FAILED}, {JobStatus.PLANNED, JobStatus.RUNNING}
        assert seeds_of(history.recent(states=failed)) == [1, 4]
        assert seeds_of(history.recent(states=failed, limit=1)) == [4]
        assert seeds_of(history.recent(states=open_ones, user="totoro")) == [2, 5]
        assert seeds_of(history.recent(states=failed | open_ones)) == [1, 2, 4, 5]
        assert list(history.recent(states=failed, user="mei")) == []

    def test_a_group_is_shown_by_experiment_and_then_by_age(self, history: History) -> None:
        first, second = enroll_seeds(history, 1, 2)
        history.record({first.name: FAILED, second.name: FAILED})
        enroll_seeds(history, 9, enrolment=replace(ENROLMENT, group=GroupName("meadow")))
        again, new = enroll_seeds(history, 1, 3)
        assert numbers_of(history.of_group(ENROLMENT.group)) == numbers_of(
            [first, again, second, new]
        )
        assert seeds_of(history.of_group(GroupName("meadow"))) == [9]

    @pytest.mark.parametrize(
        ("limit", "seeds"),
        [(None, [1, 1, 1, 2, 3, 3]), (5, [1, 1, 1, 2, 3, 3]), (2, [1, 1, 2, 3, 3]), (0, [])],
    )
    def test_a_limit_counts_the_jobs_of_each_experiment(
        self, history: History, limit: int | None, seeds: list[int]
    ) -> None:
        enroll_seeds(history, 1, 2, 3, 1, 3, 1)
        assert seeds_of(history.of_group(ENROLMENT.group, limit=limit)) == seeds

    def test_a_limit_keeps_the_newest_jobs_of_each_experiment(self, history: History) -> None:
        jobs = enroll_seeds(history, 1, 2, 1, 2)
        assert list(history.of_group(ENROLMENT.group, limit=1)) == [jobs[2], jobs[3]]

    def test_a_group_shows_the_jobs_of_one_user(self, history: History) -> None:
        mine = enroll_seeds(history, 1, 2, 1)
        history.record({job.name: SUCCEEDED for job in mine})
        others = enroll_seeds(history, 1, enrolment=replace(ENROLMENT, user="mei", rerun=True))
        assert list(history.of_group(ENROLMENT.group, user="mei")) == list(others)
        newest = history.of_group(ENROLMENT.group, user="totoro", limit=1)
        assert numbers_of(newest) == [mine[2].number, mine[1].number]
        assert list(history.of_group(ENROLMENT.group, user="satsuki")) == []

    def test_a_group_spans_image_specs_and_scripts(self, history: History) -> None:
        jobs = [
            enroll_one(history),
            enroll_one(history, replace(ENROLMENT, spec=None)),
            enroll_one(history, replace(ENROLMENT, script="eval.py")),
        ]
        assert list(history.of_group(ENROLMENT.group)) == jobs

    @pytest.mark.parametrize("name", ["fores", "Forest", "%", "forest' --"])
    def test_a_group_that_nobody_made_is_unknown(self, history: History, name: str) -> None:
        enroll_one(history)
        with pytest.raises(UnknownGroup, match=re.escape(repr(name))):
            history.of_group(GroupName(name))
