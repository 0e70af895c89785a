"""What every history promises about a sweep that is enrolled: all of it, in order, or nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from caliban_domain.errors import UnknownGroup
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import EnrolledExperiment, Job, JobSpec, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import History
from caliban_domain.provenance import Provenance, Revision
from port_contracts.history_scene import (
    ENROLMENT,
    MANY,
    NOW,
    OTHER_IMAGE,
    PLANNED,
    PROVENANCE,
    SPEC,
    Unexpected,
    enroll,
    enroll_one,
    enroll_seeds,
    names_of,
    numbers_of,
    planned_by,
    seeded,
    seeds_of,
)


class EnrollingContract:
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
            provenance=PROVENANCE,
        )

    @pytest.mark.parametrize(
        "provenance",
        [
            None,
            Provenance(version="1"),
            replace(PROVENANCE, revision=Revision(commit="4c" * 20, dirty=False)),
        ],
    )
    def test_what_is_not_known_of_a_provenance_stays_unknown(
        self, history: History, provenance: Provenance | None
    ) -> None:
        enroll_one(history, replace(ENROLMENT, provenance=provenance))
        assert history.recent()[0].provenance == provenance

    def test_a_job_keeps_the_provenance_of_its_own_launch(self, history: History) -> None:
        later = replace(ENROLMENT, provenance=Provenance(version="2"))
        first = enroll_one(history)
        enroll_seeds(history, 1, 2, enrolment=later)
        assert [job.provenance for job in history.recent()] == [PROVENANCE, later.provenance]
        assert enroll_one(history, later) == first

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
