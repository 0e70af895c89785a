"""The same ``caliban run --xgroup`` again does only what is left to do."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace

import pytest

from caliban_domain.dry_run import MemoryHistory
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.ports import Enrolment, Planner
from stand_ins import Play, ScriptedPlatform

from .backstage import Backstage
from .conftest import Caliban

FILES = {"train.py": "", "sweep.json": '{"n": [1, 2, 3]}'}
RUN = ("run", "--nogpu", "--xgroup", "g", "--experiment_config", "sweep.json")


@pytest.fixture
def two_succeeded(caliban: Caliban, backstage: Backstage) -> Backstage:
    backstage.platform = ScriptedPlatform({"2": Play(exit_code=3)})
    assert caliban(*RUN, "train.py", files=FILES).exit_code == 7
    backstage.platform = ScriptedPlatform()
    return backstage


def test_only_what_has_not_succeeded_runs_again(caliban: Caliban, two_succeeded: Backstage) -> None:
    finished = caliban(*RUN, "train.py")
    assert finished.exit_code == 0
    first, second, *_, last = finished.stderr.splitlines()
    assert first == (
        "skipping 2 jobs of xgroup g that succeeded with this same image; --rerun runs them again"
    )
    assert second == "running 1 job in xgroup g"
    assert last == "3 jobs succeeded; caliban status --xgroup g shows them"
    assert two_succeeded.platform.started == ["2"]


def test_when_all_have_succeeded_nothing_runs(caliban: Caliban, two_succeeded: Backstage) -> None:
    caliban(*RUN, "train.py")
    two_succeeded.platform = ScriptedPlatform()
    finished = caliban(*RUN, "train.py")
    assert finished.exit_code == 0
    assert finished.stderr.startswith("skipping 3 jobs of xgroup g ")
    assert two_succeeded.platform.started == []


def test_a_rerun_runs_everything(caliban: Caliban, two_succeeded: Backstage) -> None:
    assert caliban(*RUN, "--rerun", "train.py").exit_code == 0
    assert two_succeeded.platform.started == ["1", "2", "3"]


def test_what_still_runs_is_waited_for(caliban: Caliban, backstage: Backstage) -> None:
    backstage.platform = ScriptedPlatform({"1": Play(unavailable_in="submit")})
    assert caliban(*RUN, "train.py", files=FILES).exit_code == 5
    backstage.platform = ScriptedPlatform({"2": Play(output=[b"hello\n"], exit_code=1)})
    going = next(job for job in backstage.memory.recent() if job.experiment.argv[-1] == "2")
    backstage.memory.record({going.name: backstage.platform.submit(going.spec)})

    finished = caliban(*RUN, "train.py")

    assert finished.exit_code == 7
    assert finished.stdout == "hello\n"
    assert "waiting for 1 job of xgroup g that another command started" in finished.stderr
    assert backstage.platform.started == ["2", "1", "3"]
    shown = json.loads(caliban("status", "--xgroup", "g", "--format", "json").stdout)["jobs"]
    assert [job["status"] for job in shown] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


class OfThisMachine(ScriptedPlatform):
    """Doesn't reach what another machine runs."""

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return super().observe([job for job in jobs if job.host != "acorn"])


class Distant(MemoryHistory):
    """Is told how a job of another machine ended by the time that somebody looks for it."""

    def numbered(self, numbers: Iterable[int], /) -> Sequence[Job]:
        running = Outcome(status=JobStatus.RUNNING)
        looked_for = super().numbered(numbers)
        there = [job for job in looked_for if job.host == "acorn" and job.outcome == running]
        self.record({job.name: Play(exit_code=1).end for job in there})
        return super().numbered(job.number for job in looked_for)


def test_what_runs_on_another_machine_is_waited_for(
    caliban: Caliban, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    backstage.memory = Distant()
    backstage.platform = ScriptedPlatform({"1": Play(unavailable_in="submit")})
    with monkeypatch.context() as elsewhere:
        acorn = SimpleNamespace(nodename="acorn", machine="x86_64")
        elsewhere.setattr(os, "uname", lambda: acorn)
        assert caliban(*RUN, "train.py", files=FILES).exit_code == 5
    going = next(job for job in backstage.memory.recent() if job.experiment.argv[-1] == "2")
    backstage.memory.record({going.name: Outcome(status=JobStatus.RUNNING)})
    backstage.platform = OfThisMachine()

    finished = caliban(*RUN, "train.py")

    assert "waiting for 1 job of xgroup g on acorn; caliban status there" in finished.stderr
    assert f"job {going.number} failed with exit code 1 (3 of 3)" in finished.stderr
    assert finished.exit_code == 7
    assert backstage.platform.started == ["1", "3"]


def test_failures_that_are_too_many_end_the_sweep(caliban: Caliban, backstage: Backstage) -> None:
    backstage.platform = ScriptedPlatform({"1": Play(exit_code=3)})
    finished = caliban(*RUN, "--fail_fast", "train.py", files=FILES)
    assert finished.exit_code == 7
    assert backstage.platform.started == ["1"]
    assert "2 of 3 jobs were not started: 1 job failed" in finished.stderr
    assert "caliban: 1 of 3 jobs did not succeed" in finished.stderr


class Overtaken(MemoryHistory):
    """Another command takes up the fourth job as soon as there is one."""

    def __init__(self, platform: ScriptedPlatform) -> None:
        super().__init__()
        self._platform = platform

    def enroll(
        self, enrolment: Enrolment, experiments: Iterable[Experiment], plan: Planner
    ) -> Sequence[Job]:
        jobs = super().enroll(enrolment, experiments, plan)
        taken = [job for job in jobs if job.number == 4]
        self.record({job.name: self._platform.submit(job.spec) for job in taken})
        return jobs


def test_an_attempt_that_another_command_has_taken_up_is_waited_for(
    caliban: Caliban, backstage: Backstage
) -> None:
    backstage.platform = ScriptedPlatform({"1": Play(exit_code=3)})
    backstage.memory = Overtaken(backstage.platform)
    finished = caliban(*RUN, "--retries", "1", "train.py", files=FILES)
    assert finished.exit_code == 7
    assert "job 4 failed with exit code 3 (3 of 3)" in finished.stderr
    assert "caliban: 1 of 3 jobs did not succeed" in finished.stderr


@pytest.mark.parametrize(("retries", "code"), [((), 7), (("--retries", "1"), 0)])
def test_each_of_several_jobs_that_are_alike_counts(
    caliban: Caliban, backstage: Backstage, retries: tuple[str, ...], code: int
) -> None:
    backstage.platform = OnceBad()
    files = {**FILES, "sweep.json": '{"n": [1, 1, 1]}'}
    finished = caliban(*RUN, *retries, "train.py", files=files)
    assert finished.exit_code == code
    last = "1 of 3 jobs did not succeed" if code else "3 jobs succeeded"
    assert last in finished.stderr


class OnceBad(ScriptedPlatform):
    """The first job fails, all others succeed."""

    def _play(self, name: JobName) -> Play:
        return Play(exit_code=1) if name.endswith("-1") else Play()


def test_a_job_that_is_tried_again_counts_once(caliban: Caliban, backstage: Backstage) -> None:
    backstage.platform = ScriptedPlatform({"2": Play(exit_code=3)})
    finished = caliban(*RUN, "--retries", "1", "train.py", files=FILES)
    assert finished.exit_code == 7
    assert "job 2 is tried again as job 4" in finished.stderr
    assert "job 4 failed with exit code 3 (2 of 3)" in finished.stderr
    assert "job 3 succeeded (3 of 3)" in finished.stderr
    assert "caliban: 1 of 3 jobs did not succeed" in finished.stderr


def test_a_point_that_a_sweep_holds_twice_counts_twice(
    caliban: Caliban, backstage: Backstage
) -> None:
    backstage.platform = ScriptedPlatform({"1": Play(exit_code=3)})
    files = {"train.py": "", "sweep.json": '{"n": [1, 2, 1]}'}
    finished = caliban(*RUN, "train.py", files=files)
    assert finished.exit_code == 7
    assert backstage.platform.started == ["1", "2", "1"]
    assert "caliban: 2 of 3 jobs did not succeed" in finished.stderr
    backstage.platform = ScriptedPlatform()
    finished = caliban(*RUN, "train.py")
    assert backstage.platform.started == ["1", "1"]
    assert "3 jobs succeeded; " in finished.stderr
