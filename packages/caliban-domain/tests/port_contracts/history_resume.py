"""What every history promises to whoever runs a sweep again: done work is not done twice."""

from dataclasses import replace

import pytest

from caliban_domain.jobs import JobStatus, Outcome, PlatformName
from caliban_domain.ports import History
from port_contracts.history import (
    ENROLMENT,
    MANY,
    OTHER_IMAGE,
    enroll_one,
    enroll_seeds,
    numbers_of,
    recorded,
)

SUCCEEDED, RUNNING, SUBMITTED = JobStatus.SUCCEEDED, JobStatus.RUNNING, JobStatus.SUBMITTED
RERUN = replace(ENROLMENT, rerun=True)


class ResumeContract:
    """Subclasses have a fixture ``history``, which holds nothing at first."""

    @pytest.mark.parametrize("status", [SUCCEEDED, RUNNING, SUBMITTED])
    def test_what_has_succeeded_or_is_going_on_spares_another_job(
        self, history: History, status: JobStatus
    ) -> None:
        job = enroll_one(history)
        recorded(history, job, status)
        assert enroll_one(history) == replace(job, outcome=Outcome(status=status))
        assert len(history.recent()) == 1

    @pytest.mark.parametrize("status", [SUCCEEDED, RUNNING, SUBMITTED])
    def test_a_rerun_repeats_it(self, history: History, status: JobStatus) -> None:
        job = enroll_one(history)
        recorded(history, job, status)
        again = enroll_one(history, RERUN)
        assert again.number > job.number
        assert again.experiment == job.experiment

    def test_a_rerun_takes_up_what_was_left_planned(self, history: History) -> None:
        job = enroll_one(history)
        assert enroll_one(history, RERUN) == job

    @pytest.mark.parametrize("status", [SUCCEEDED, RUNNING, SUBMITTED])
    def test_a_rerun_counts_what_is_news_to_whoever_asked_for_it(
        self, history: History, status: JobStatus
    ) -> None:
        job = enroll_one(history)
        recorded(history, job, JobStatus.FAILED)
        asked = replace(RERUN, since=job.number)
        news = enroll_one(history, asked)
        recorded(history, news, status)
        assert enroll_one(history, asked).name == news.name
        assert enroll_one(history, replace(RERUN, since=news.number)).number > news.number

    @pytest.mark.parametrize("status", [SUCCEEDED, RUNNING, SUBMITTED])
    def test_another_image_is_run_in_any_case(self, history: History, status: JobStatus) -> None:
        job = enroll_one(history)
        recorded(history, job, status)
        other = enroll_one(history, replace(ENROLMENT, image=OTHER_IMAGE))
        assert other.number > job.number

    @pytest.mark.parametrize("status", [RUNNING, SUBMITTED])
    def test_what_another_machine_started_counts_and_what_another_platform_runs_does_not(
        self, history: History, status: JobStatus
    ) -> None:
        done, going = enroll_seeds(history, 1, 2)
        history.record({done.name: Outcome(status=SUCCEEDED), going.name: Outcome(status=status)})
        of_acorn = enroll_seeds(history, 1, 2, enrolment=replace(ENROLMENT, host="acorn"))
        assert numbers_of(of_acorn) == numbers_of([done, going])
        there = replace(ENROLMENT, platform=PlatformName.K8S)
        first, second = enroll_seeds(history, 1, 2, enrolment=there)
        assert first.number == done.number
        assert second.number > going.number

    def test_a_success_is_preferred_to_what_runs_and_that_to_what_waits(
        self, history: History
    ) -> None:
        planned, running, done = enroll_seeds(history, 1, 1, 1)
        recorded(history, running, RUNNING)
        recorded(history, done, SUCCEEDED)
        assert numbers_of(enroll_seeds(history, 1, 1, 1)) == numbers_of([done, running, planned])

    def test_every_success_spares_one_job(self, history: History) -> None:
        job = enroll_one(history)
        recorded(history, job, SUCCEEDED)
        first, second = enroll_seeds(history, 1, 1)
        assert first.number == job.number
        assert second.number > job.number

    def test_the_jobs_with_given_numbers_are_found(self, history: History) -> None:
        jobs = enroll_seeds(history, *range(MANY))
        wanted = [jobs[7], jobs[3], jobs[-1]]
        found = history.numbered(iter([*numbers_of(wanted), 3 * MANY, jobs[3].number]))
        assert list(found) == sorted(wanted, key=lambda job: job.number)
        assert numbers_of(history.numbered(numbers_of(jobs))) == numbers_of(jobs)
        assert list(history.numbered([])) == []
