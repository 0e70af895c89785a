"""What every history promises about experiments that it knows, and jobs left planned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from caliban_domain.images import JobMode
from caliban_domain.jobs import JobStatus, PlatformName
from caliban_domain.names import GroupName
from caliban_domain.ports import Enrolment, History
from port_contracts.history_scene import (
    ENROLMENT,
    MANY,
    NOW,
    OTHER_IMAGE,
    PLANNED,
    SPEC,
    enroll_one,
    enroll_seeds,
    names_of,
    numbers_of,
    recorded,
    seeds_of,
)


class AdoptingContract:
    """Subclasses have a fixture ``history``, which holds nothing at first."""

    # Experiments that are known already

    def test_an_experiment_run_again_keeps_its_number_and_gets_a_new_job(
        self, history: History
    ) -> None:
        first = enroll_one(history)
        recorded(history, first, JobStatus.FAILED)
        second = enroll_one(history)
        assert second.experiment == first.experiment
        assert second.number > first.number
        assert second.name != first.name
        assert second.outcome == PLANNED

    def test_an_experiment_given_twice_gets_two_jobs(self, history: History) -> None:
        first, other, second = enroll_seeds(history, 1, 2, 1)
        assert first.experiment == second.experiment != other.experiment
        assert len({first.name, second.name, other.name}) == 3

    @pytest.mark.parametrize(
        "changed",
        [
            replace(ENROLMENT, group=GroupName("meadow")),
            replace(ENROLMENT, group=GroupName("Forest")),
            replace(ENROLMENT, spec=replace(SPEC, mode=JobMode.CPU)),
            replace(ENROLMENT, spec=None),
            replace(ENROLMENT, script="eval.py"),
        ],
        ids=["group", "case of the group", "spec", "no spec", "script"],
    )
    def test_what_differs_in_its_identity_is_another_experiment(
        self, history: History, changed: Enrolment
    ) -> None:
        job, other = enroll_one(history), enroll_one(history, changed)
        assert job.experiment.number != other.experiment.number
        assert list(history.recent()) == [job, other]

    @pytest.mark.parametrize(
        "changed",
        [
            replace(ENROLMENT, image=OTHER_IMAGE),
            replace(ENROLMENT, user="mei"),
            replace(ENROLMENT, host="acorn"),
            replace(ENROLMENT, platform=PlatformName.VERTEX),
            replace(ENROLMENT, now=NOW + timedelta(days=1)),
        ],
        ids=["image", "user", "host", "platform", "time"],
    )
    def test_what_only_differs_in_how_it_is_run_is_the_same_experiment(
        self, history: History, changed: Enrolment
    ) -> None:
        job = enroll_one(history)
        recorded(history, job, JobStatus.SUCCEEDED)
        assert enroll_one(history, changed).experiment == job.experiment

    # Jobs that an earlier enrolment left planned

    def test_a_job_left_planned_is_adopted(self, history: History) -> None:
        left = enroll_seeds(history, 1, 2)
        adopted = enroll_seeds(history, 3, 2, 1)
        assert [adopted[2], adopted[1]] == list(left)
        assert seeds_of(adopted) == [3, 2, 1]
        assert len(history.recent()) == 3

    def test_every_job_is_adopted_once_and_the_oldest_first(self, history: History) -> None:
        left = enroll_seeds(history, 1, 1)
        first, second, third = enroll_seeds(history, 1, 1, 1)
        assert [first, second] == list(left)
        assert third.number > second.number
        assert third.name not in names_of(left)

    def test_every_job_is_adopted_once_in_thousands(self, history: History) -> None:
        left = enroll_seeds(history, *range(MANY))
        adopted = enroll_seeds(history, *range(MANY), *range(10))
        assert list(adopted[:MANY]) == list(left)
        assert min(numbers_of(adopted[MANY:])) > max(numbers_of(left))

    @pytest.mark.parametrize("status", ["FAILED", "STOPPED", "LOST"])
    def test_a_job_that_ended_without_success_is_not_adopted(
        self, history: History, status: str
    ) -> None:
        job = enroll_one(history)
        recorded(history, job, JobStatus(status))
        assert enroll_one(history).number > job.number

    def test_a_job_that_was_planned_elsewhere_is_not_adopted(self, history: History) -> None:
        job = enroll_one(history)
        for elsewhere in ({"host": "another"}, {"platform": PlatformName.K8S}):
            assert enroll_one(history, replace(ENROLMENT, **elsewhere)).number > job.number

    def test_a_planned_job_of_another_image_is_not_adopted(self, history: History) -> None:
        job = enroll_one(history)
        other = enroll_one(history, replace(ENROLMENT, image=OTHER_IMAGE))
        assert other.number > job.number
        assert other.spec.image == OTHER_IMAGE
        assert enroll_one(history) == job
