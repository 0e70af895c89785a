"""Following that doesn't get to its end: interrupts, rejected jobs, a platform that is gone."""

import threading
from typing import Any

import pytest

from caliban_domain.errors import PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from journal import PATIENCE
from scenes import Scene, scene
from stand_ins import Play, ScriptedPlatform


@pytest.mark.parametrize("interrupt_at", ["a RUNNING", "a: x"])
def test_an_interrupt_stops_what_runs_and_gives_up_what_waits(interrupt_at: str) -> None:
    on = scene(a=Play(output=[b"x"], lasts=True))
    on.interrupt_at = interrupt_at
    with pytest.raises(KeyboardInterrupt):
        on.follow("a", "b", "c")
    assert on.told[-2:] == [interrupt_at, "stopping 1"]
    assert on.history.statuses == {"a": "STOPPED", "b": "STOPPED", "c": "STOPPED"}
    assert on.history.jobs["b"].outcome.reason == "interrupted before starting"
    assert on.platform.started == ["a"]
    assert on.platform.running == set()
    assert on.platform.held == set()


def test_an_interrupt_stops_all_that_run_at_once() -> None:
    going = Play(output=[b"x"], lasts=True)
    on = scene(together=3, a=going, b=going, c=going)
    on.interrupt_at = "b: x"
    with pytest.raises(KeyboardInterrupt):
        on.follow(*"abcd", parallel=3)
    assert "stopping 3" in on.told
    assert set(on.history.statuses.values()) == {"STOPPED"}
    assert on.platform.running == set()


def test_an_interrupt_after_an_end_keeps_that_end() -> None:
    on = scene(a=Play(exit_code=2))
    on.interrupt_at = "a FAILED"
    with pytest.raises(KeyboardInterrupt):
        on.follow("a")
    assert on.told[-1] == "stopping 0"
    assert on.history.statuses == {"a": "FAILED"}


def test_an_interrupt_leaves_alone_what_somebody_else_started() -> None:
    on = scene(a=Play(output=[b"x"], lasts=True))
    on.meanwhile = {"a: x": lambda: on.starts_elsewhere("b")}
    on.interrupt_at = "a: x"
    with pytest.raises(KeyboardInterrupt):
        on.follow("a", "b", "c")
    assert on.history.statuses == {"a": "STOPPED", "b": "RUNNING", "c": "STOPPED"}


class Forgetful(ScriptedPlatform):
    """Starts a job that is gone at once, with whatever it wrote."""

    def submit(self, spec: JobSpec, /) -> Outcome:
        super().submit(spec)
        self.finish()
        return Outcome(status=JobStatus.LOST)


def test_a_job_that_is_gone_once_it_was_started_is_lost_and_the_next_one_runs() -> None:
    gone = Play(unavailable_in="logs")
    on = Scene(Forgetful({"a": gone, "b": gone}))
    assert on.follow("a", "b") == {"a": "LOST", "b": "LOST"}
    assert on.history.statuses == {"a": "LOST", "b": "LOST"}


class OnAnotherEngine(ScriptedPlatform):
    """Loses sight of its jobs, which run on elsewhere."""

    def observe(self, jobs: Any, /) -> Any:
        return {job.name: job.outcome for job in jobs}


def test_a_job_that_is_out_of_sight_is_left_as_it_was_and_not_freed() -> None:
    on = Scene(OnAnotherEngine())
    assert on.follow("a", "b") == {"a": "RUNNING", "b": "RUNNING"}
    assert on.history.statuses == {"a": "RUNNING", "b": "RUNNING"}
    assert on.platform.held == {"a", "b"}


class SlowToStart(ScriptedPlatform):
    """Is told to stop a job while it is still starting it."""

    def __init__(self, slow: str) -> None:
        super().__init__({slow: Play(lasts=True)})
        self._slow = slow
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self.submitted = threading.Event()

    def told_to_stop(self) -> None:
        self._stopping.set()

    def submit(self, spec: JobSpec, /) -> Outcome:
        argv: Any = spec.payload["argv"]
        if argv[-1] != self._slow:
            return super().submit(spec)
        self._stopping.wait(PATIENCE)
        self._stopped.wait(0.2)  # long enough for who doesn't wait, not for ever for who does
        try:
            return super().submit(spec)
        finally:
            self.submitted.set()

    def stop(self, jobs: Any, /) -> Any:
        outcomes = super().stop(jobs)
        self._stopped.set()
        return outcomes


def test_an_interrupt_stops_a_job_that_is_just_being_started() -> None:
    platform = SlowToStart("b")
    on = Scene(platform)
    on.meanwhile = {"stopping 1": platform.told_to_stop}
    on.interrupt_at = "a SUCCEEDED"
    with pytest.raises(KeyboardInterrupt):
        on.follow("a", "b", "c", parallel=2)
    assert on.history.statuses == {"a": "SUCCEEDED", "b": "STOPPED", "c": "STOPPED"}
    assert platform.submitted.wait(PATIENCE)
    assert platform.running == set()


def test_a_rejected_job_fails_and_the_rest_is_not_started() -> None:
    on = scene(b=Play(rejected=True))
    with pytest.raises(SubmissionRejected, match="b is not welcome"):
        on.follow("a", "b", "c", "d")
    assert on.history.statuses == {
        "a": "SUCCEEDED",
        "b": "FAILED",
        "c": "STOPPED",
        "d": "STOPPED",
    }
    reasons = [job.outcome.reason for job in on.history.recent()]
    assert reasons == [None, "b is not welcome", *["not started: b is not welcome"] * 2]
    assert on.platform.started == ["a"]


def test_a_rejection_lets_running_jobs_finish() -> None:
    on = scene(a=Play(output=[b"x"], lasts=True), b=Play(rejected=True))
    on.meanwhile = {"a: x": on.platform.finish}
    with pytest.raises(SubmissionRejected):
        on.follow("a", "b", "c", parallel=2)
    assert on.history.statuses["a"] == "SUCCEEDED"
    assert on.history.statuses["b"] == "FAILED"
    assert on.told[-1] in {"a SUCCEEDED", "c SUCCEEDED"}


def test_a_rejection_leaves_alone_what_somebody_else_started() -> None:
    on = scene(b=Play(rejected=True))
    on.meanwhile = {"a RUNNING": lambda: on.starts_elsewhere("c")}
    with pytest.raises(SubmissionRejected):
        on.follow("a", "b", "c", "d")
    assert on.history.statuses["c"] == "RUNNING"
    assert on.history.statuses["d"] == "STOPPED"


@pytest.mark.parametrize(
    ("step", "status"), [("submit", "PLANNED"), ("logs", "RUNNING"), ("observe", "RUNNING")]
)
def test_a_platform_that_doesnt_answer_changes_nothing(step: Any, status: str) -> None:
    on = scene(b=Play(unavailable_in=step))
    with pytest.raises(PlatformUnavailable):
        on.follow("a", "b", "c")
    assert on.history.statuses == {"a": "SUCCEEDED", "b": status, "c": "PLANNED"}
    assert "stop" not in " ".join(on.history.journal.entries)
