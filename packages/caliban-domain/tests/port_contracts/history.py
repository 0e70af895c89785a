"""What every history promises, whether it lasts or ends with its process."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest

from caliban_domain.errors import UnknownGroup
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import EnrolledExperiment, Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Enrolment, History

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SPEC: Final = ImageSpec(
    project="/home/totoro/forêt",
    mode=JobMode.GPU,
    base_image="python:3.12-slim",
    folder=".",
    requirements=("requirements.txt",),
    apt_packages=("git", "ffmpeg"),
)
ENROLMENT: Final = Enrolment(
    group=GroupName("forest"),
    spec=SPEC,
    image=ImageRef("sha256:" + "1f" * 32),
    script="train.py",
    platform=PlatformName.LOCAL,
    user="totoro",
    host="camphor",
    now=NOW,
)
OTHER_IMAGE: Final = ImageRef("registry.example/camphor@sha256:" + "2e" * 32)

PLANNED: Final = Outcome(status=JobStatus.PLANNED)
RUNNING: Final = Outcome(status=JobStatus.RUNNING, handle="c0ffee")
SUCCEEDED: Final = Outcome(status=JobStatus.SUCCEEDED, exit_code=0, ended_at=NOW, handle="c0ffee")
FAILED: Final = Outcome(
    status=JobStatus.FAILED,
    exit_code=137,
    ended_at=NOW + timedelta(microseconds=1),
    handle="c0ffee",
    reason="it ran out of memory, près de 2 GB",
)
ENDS: Final = [status for status in JobStatus if status.is_terminal]
OPEN: Final = [status for status in JobStatus if not status.is_terminal]

MANY: Final = 2_000
"""More than a history may care to write at once."""


def planned_by(enrolment: Enrolment, experiment: Experiment, name: JobName) -> JobSpec:
    payload = {"argv": [*experiment.argv], "limits": {"cpu": 0.5, "gpus": None}}
    return JobSpec(name=name, image=enrolment.image, payload=payload)


def enroll(
    history: History, experiments: Iterable[Experiment], enrolment: Enrolment = ENROLMENT
) -> Sequence[Job]:
    return history.enroll(
        enrolment, experiments, lambda experiment, name: planned_by(enrolment, experiment, name)
    )


def enroll_seeds(history: History, *seeds: int, enrolment: Enrolment = ENROLMENT) -> Sequence[Job]:
    return enroll(history, map(seeded, seeds), enrolment)


def enroll_one(history: History, enrolment: Enrolment = ENROLMENT) -> Job:
    (job,) = enroll_seeds(history, 1, enrolment=enrolment)
    return job


def seeded(seed: int) -> Experiment:
    return Experiment((("seed", seed),))


def seeds_of(jobs: Iterable[Job]) -> list[int]:
    return [int(job.experiment.argv[-1]) for job in jobs]


def names_of(jobs: Iterable[Job]) -> list[JobName]:
    return [job.name for job in jobs]


def numbers_of(jobs: Iterable[Job]) -> list[int]:
    return [job.number for job in jobs]


def recorded(history: History, job: Job, *statuses: JobStatus) -> Outcome:
    outcome = job.outcome
    for status in statuses:
        outcome = history.record({job.name: Outcome(status=status)})[job.name]
    return outcome


class Unexpected(Exception):
    """A bug, or a Ctrl-C, while a sweep is expanded or planned."""


class HistoryContract:
    """Subclasses have a fixture ``history``, which holds nothing at first."""

    # What is enrolled

    def test_jobs_are_enrolled_in_the_order_of_their_experiments(self, history: History) -> None:
        jobs = enroll_seeds(history, 3, 1, 2)
        assert seeds_of(jobs) == [3, 1, 2]
        assert numbers_of(jobs) == sorted(set(numbers_of(jobs)))
        experiments = [job.experiment.number for job in jobs]
        assert experiments == sorted(set(experiments))

    def test_a_job_is_planned_and_holds_all_that_was_said_of_it(self, history: History) -> None:
        experiment = Experiment((("lr", 0.1), ("layers", (3, 4))), script_args=("--data", "été"))
        (job,) = enroll(history, [experiment])
        assert job == Job(
            number=job.number,
            spec=planned_by(ENROLMENT, experiment, job.name),
            experiment=EnrolledExperiment(
                number=job.experiment.number,
                group=ENROLMENT.group,
                spec_number=job.experiment.spec_number,
                spec=SPEC,
                script="train.py",
                argv=("--data", "été", "--lr", "0.1", "--layers", "[3, 4]"),
            ),
            platform=PlatformName.LOCAL,
            user="totoro",
            host="camphor",
            created_at=NOW,
            outcome=PLANNED,
        )

    def test_what_was_enrolled_is_what_is_found(self, history: History) -> None:
        jobs = enroll_seeds(history, 2, 1)
        assert list(history.recent()) == list(jobs)
        assert list(history.unsettled()) == list(jobs)
        assert list(history.of_group(ENROLMENT.group)) == list(jobs)

    def test_times_are_kept_in_utc_whatever_zone_they_came_in(self, history: History) -> None:
        tokyo = timezone(timedelta(hours=9))
        enroll_one(history, replace(ENROLMENT, now=NOW.astimezone(tokyo)))
        (job,) = history.recent()
        assert job.created_at == NOW

    @pytest.mark.parametrize(
        "word", ["", " ", "a b", "--", "\n", "\"'`$(x)", "\\", "naïve 日本 🌳", "{}", "x" * 100_000]
    )
    def test_an_argument_may_hold_anything(self, history: History, word: str) -> None:
        enroll(history, [Experiment((("flag", word),), script_args=(word,))])
        (job,) = history.recent()
        assert job.experiment.argv == (word, "--flag", word)

    def test_a_job_may_run_an_image_that_has_no_spec(self, history: History) -> None:
        given = replace(ENROLMENT, spec=None)
        job = enroll_one(history, given)
        again = enroll_one(history, replace(given, image=OTHER_IMAGE))
        assert [found.experiment.spec for found in history.recent()] == [None, None]
        assert again.experiment == job.experiment

    def test_enrolling_nothing_leaves_nothing(self, history: History) -> None:
        assert list(enroll(history, [])) == []
        assert list(history.recent()) == []
        with pytest.raises(UnknownGroup):
            history.of_group(ENROLMENT.group)

    def test_thousands_are_enrolled_in_order(self, history: History) -> None:
        seeds = [seed % (MANY - 100) for seed in range(MANY)]
        jobs = enroll_seeds(history, *seeds)
        assert seeds_of(jobs) == seeds
        assert len(set(names_of(jobs))) == MANY
        assert len({job.experiment.number for job in jobs}) == MANY - 100
        assert numbers_of(history.recent()) == numbers_of(jobs)

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

    # All or nothing

    @pytest.mark.parametrize("good", [1, MANY])
    @pytest.mark.parametrize("interrupt", [Unexpected, KeyboardInterrupt])
    def test_a_sweep_that_fails_midway_leaves_no_trace(
        self, history: History, good: int, interrupt: type[BaseException]
    ) -> None:
        def failing() -> Iterator[Experiment]:
            yield from map(seeded, range(good))
            raise interrupt

        with pytest.raises(interrupt):
            enroll(history, failing())
        assert list(history.recent()) == []
        with pytest.raises(UnknownGroup):
            history.of_group(ENROLMENT.group)

    def test_a_plan_that_fails_midway_leaves_what_was_there(self, history: History) -> None:
        left = enroll_seeds(history, 1, 2)
        fatal = MANY // 2

        def plan(experiment: Experiment, name: JobName) -> JobSpec:
            if experiment == seeded(fatal):
                raise Unexpected
            return planned_by(ENROLMENT, experiment, name)

        with pytest.raises(Unexpected):
            history.enroll(ENROLMENT, map(seeded, range(MANY)), plan)
        assert list(history.recent()) == list(left)
        assert list(enroll_seeds(history, 1, 2)) == list(left)

    # Names

    @pytest.mark.parametrize(
        "group", ["a", "A.b_c", "x" * 200, "日本", "-", "my group, the 2nd", "x" * 45 + "-y"]
    )
    def test_a_job_name_is_a_label_that_no_other_job_has(
        self, history: History, group: str
    ) -> None:
        enrolment = replace(ENROLMENT, group=GroupName(group))
        jobs = [*enroll_seeds(history, 1, 1, 2), *enroll_seeds(history, 1, enrolment=enrolment)]
        for job in jobs:
            assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", job.name)
        assert len(set(names_of(jobs))) == 4

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
