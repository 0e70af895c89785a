"""What every history promises about how jobs go on, and which are still to be asked about."""

from dataclasses import replace
from datetime import timedelta

import pytest

from caliban_domain.jobs import JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import History
from port_contracts.history_scene import (
    ENROLMENT,
    FAILED,
    MANY,
    NOW,
    OPEN,
    RUNNING,
    SUCCEEDED,
    enroll_one,
    enroll_seeds,
    names_of,
    numbers_of,
    recorded,
)


class RecordingContract:
    """Subclasses have a fixture ``history``, which holds nothing at first."""

    # What is recorded

    @pytest.mark.parametrize("outcome", [RUNNING, SUCCEEDED, FAILED])
    def test_an_outcome_is_recorded_with_all_its_facts(
        self, history: History, outcome: Outcome
    ) -> None:
        job = enroll_one(history)
        assert history.record({job.name: outcome}) == {job.name: outcome}
        assert list(history.recent()) == [replace(job, outcome=outcome)]

    @pytest.mark.parametrize("before", list(JobStatus))
    @pytest.mark.parametrize("observed", list(JobStatus))
    def test_a_job_only_goes_forward(
        self, history: History, before: JobStatus, observed: JobStatus
    ) -> None:
        job = enroll_one(history)
        recorded(history, job, before)
        outcome = recorded(history, job, observed)
        assert outcome == Outcome(status=before.advanced_to(observed))
        assert history.recent()[0].outcome == outcome

    @pytest.mark.parametrize("late", [RUNNING, SUCCEEDED, replace(FAILED, exit_code=1)])
    def test_an_end_is_final_with_all_its_facts(self, history: History, late: Outcome) -> None:
        job = enroll_one(history)
        history.record({job.name: FAILED})
        assert history.record({job.name: late}) == {job.name: FAILED}
        assert history.recent()[0].outcome == FAILED

    def test_what_an_observation_does_not_say_stays_known(self, history: History) -> None:
        job = enroll_one(history)
        history.record({job.name: RUNNING})
        gone = Outcome(status=JobStatus.LOST, reason="its container is gone")
        known = replace(gone, handle=RUNNING.handle, started_at=RUNNING.started_at)
        assert history.record({job.name: gone}) == {job.name: known}
        assert history.recent()[0].outcome == known

    def test_what_an_observation_says_is_the_latest(self, history: History) -> None:
        job = enroll_one(history)
        history.record({job.name: RUNNING})
        moved = replace(SUCCEEDED, handle="decaf", started_at=NOW + timedelta(seconds=1))
        assert history.record({job.name: moved}) == {job.name: moved}

    def test_many_outcomes_are_recorded_together(self, history: History) -> None:
        jobs = enroll_seeds(history, *range(MANY))
        ended, going = jobs[: MANY // 2], jobs[MANY // 2 :]
        history.record({job.name: FAILED for job in ended})
        afterwards = history.record({job.name: RUNNING for job in jobs})
        assert afterwards == {job.name: FAILED for job in ended} | {
            job.name: RUNNING for job in going
        }
        assert {job.name: job.outcome for job in history.recent()} == afterwards

    def test_recording_nothing_changes_nothing(self, history: History) -> None:
        job = enroll_one(history)
        assert history.record({}) == {}
        assert list(history.recent()) == [job]

    def test_a_name_that_nobody_enrolled_records_nothing(self, history: History) -> None:
        job = enroll_one(history)
        stranger = JobName("stranger-1")
        with pytest.raises(KeyError, match="stranger-1"):
            history.record({job.name: RUNNING, stranger: RUNNING})
        with pytest.raises(KeyError, match="stranger-1"):
            history.is_planned(stranger)
        assert list(history.recent()) == [job]

    @pytest.mark.parametrize("status", list(JobStatus))
    def test_a_job_is_planned_until_something_else_is_recorded(
        self, history: History, status: JobStatus
    ) -> None:
        job = enroll_one(history)
        assert history.is_planned(job.name)
        recorded(history, job, status)
        assert history.is_planned(job.name) == (status is JobStatus.PLANNED)

    # What is still to be asked about

    def test_a_job_is_unsettled_until_its_platform_has_let_go(self, history: History) -> None:
        ended, going, other = enroll_seeds(history, 1, 2, 3)
        history.record({ended.name: SUCCEEDED, going.name: RUNNING, other.name: FAILED})
        assert numbers_of(history.unsettled()) == numbers_of([ended, going, other])
        history.settle(iter([ended.name, other.name]))
        assert list(history.unsettled()) == [replace(going, outcome=RUNNING)]
        assert numbers_of(history.recent()) == numbers_of([ended, going, other])

    @pytest.mark.parametrize("status", OPEN)
    def test_a_job_that_goes_on_cannot_be_settled(
        self, history: History, status: JobStatus
    ) -> None:
        ended, going = enroll_seeds(history, 1, 2)
        history.record({ended.name: SUCCEEDED, going.name: Outcome(status=status)})
        with pytest.raises(ValueError, match=f"{going.name} has not ended"):
            history.settle([ended.name, going.name])
        assert numbers_of(history.unsettled()) == numbers_of([ended, going])

    def test_thousands_are_settled_together(self, history: History) -> None:
        jobs = enroll_seeds(history, *range(MANY))
        history.record({job.name: SUCCEEDED for job in jobs})
        history.settle(names_of(jobs[1:]))
        history.settle([])
        assert numbers_of(history.unsettled()) == [jobs[0].number]

    def test_unsettled_jobs_of_one_platform_are_found(self, history: History) -> None:
        local = enroll_one(history)
        vertex = enroll_one(
            history,
            replace(ENROLMENT, platform=PlatformName.VERTEX, group=GroupName("meadow")),
        )
        assert list(history.unsettled(platform=PlatformName.VERTEX)) == [vertex]
        assert list(history.unsettled(platform=PlatformName.LOCAL)) == [local]
        assert list(history.unsettled(platform=PlatformName.K8S)) == []
        assert list(history.unsettled()) == [local, vertex]

    def test_unsettled_jobs_of_one_group_are_found(self, history: History) -> None:
        enroll_one(history)
        job = enroll_one(history, replace(ENROLMENT, group=GroupName("meadow")))
        assert list(history.unsettled(group=GroupName("meadow"))) == [job]
        assert list(history.unsettled(group=GroupName("nobody"))) == []

    def test_local_jobs_of_other_machines_can_be_left_out(self, history: History) -> None:
        here = enroll_one(history)
        there = enroll_one(history, replace(ENROLMENT, host="acorn", group=GroupName("meadow")))
        cloud = enroll_one(history, replace(ENROLMENT, host="acorn", platform=PlatformName.VERTEX))
        assert list(history.unsettled(host="camphor")) == [here, cloud]
        assert list(history.unsettled(host="acorn")) == [there, cloud]
        assert list(history.unsettled(host="acorn", platform=PlatformName.LOCAL)) == [there]
