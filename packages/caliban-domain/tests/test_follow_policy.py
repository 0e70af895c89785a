"""A sweep is given up after too many failures or a bad canary; a failed job is tried again."""

from typing import Any

import pytest

from caliban_domain.agenda import Policy
from caliban_domain.dry_run import MemoryHistory
from caliban_domain.follow import Event, JobRetried, follow
from caliban_domain.retries import Retries
from scenes import Scene, scene
from stand_ins import Play, ScriptedPlatform, launched

BAD = Play(exit_code=1)


@pytest.mark.parametrize(
    ("max_failures", "ends"),
    [
        (1, "FAILED STOPPED STOPPED STOPPED"),
        (2, "FAILED SUCCEEDED FAILED STOPPED"),
        (3, "FAILED SUCCEEDED FAILED SUCCEEDED"),
        (None, "FAILED SUCCEEDED FAILED SUCCEEDED"),
    ],
)
def test_after_so_many_failures_no_more_jobs_start(max_failures: int | None, ends: str) -> None:
    on = scene(a=BAD, c=BAD)
    on.follow(*"abcd", max_failures=max_failures)
    assert " ".join(on.history.statuses.values()) == ends


def test_a_job_that_was_given_up_says_why() -> None:
    on = scene(a=BAD)
    on.follow("a", "b", max_failures=1)
    assert on.history.jobs["b"].outcome.reason == "not started: 1 job failed"
    assert on.platform.started == ["a"]


def test_what_runs_beside_the_failure_runs_to_its_end() -> None:
    on = scene(together=2, a=BAD, b=Play(lasts=True))
    on.meanwhile = {"a FAILED": on.platform.finish}
    on.follow("a", "b", "c", parallel=2, max_failures=1)
    assert on.history.statuses == {"a": "FAILED", "b": "SUCCEEDED", "c": "STOPPED"}


def test_a_canary_that_succeeds_lets_the_rest_start() -> None:
    on = scene(a=Play(lasts=True))
    on.meanwhile = {"a RUNNING": on.platform.finish}
    on.follow(*"abc", parallel=3, canary=1)
    assert on.told.index("a SUCCEEDED") < on.told.index("b RUNNING")
    assert set(on.history.statuses.values()) == {"SUCCEEDED"}


def test_a_canary_that_fails_ends_it_all() -> None:
    on = scene(b=BAD)
    on.follow(*"abcd", parallel=4, canary=2)
    assert on.history.statuses == {
        "a": "SUCCEEDED",
        "b": "FAILED",
        "c": "STOPPED",
        "d": "STOPPED",
    }
    assert on.history.jobs["d"].outcome.reason == (
        "not started: job 2 is a canary and did not succeed"
    )


def test_a_canary_in_somebody_elses_hands_keeps_nobody_waiting() -> None:
    on = scene()
    jobs = on.launched("a", "b")
    on.starts_elsewhere("a")
    assert on.follow_jobs(jobs, canary=1) == {"b": "SUCCEEDED"}


class Moody(ScriptedPlatform):
    """Its jobs fail so many times before they succeed."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self._failures = failures

    def _play(self, name: Any) -> Play:
        failed = self.started.count(self._titles[name]) <= self._failures
        return Play(exit_code=137) if failed else Play()


def statuses(on: Scene) -> list[str]:
    return [str(job.status) for job in on.history.recent()]


def test_a_job_that_failed_is_tried_again() -> None:
    on = Scene(Moody(failures=1))
    on.follow("a", retries=Retries(2))
    assert on.told == ["a RUNNING", "a FAILED", "a again as 2", "a RUNNING", "a SUCCEEDED"]
    assert statuses(on) == ["FAILED", "SUCCEEDED"]


def test_it_is_tried_so_often_and_no_oftener() -> None:
    on = Scene(Moody(failures=9))
    on.follow("a", retries=Retries(2))
    assert statuses(on) == ["FAILED"] * 3


def test_only_the_last_attempt_counts_as_a_failure() -> None:
    on = Scene(Moody(failures=1))
    on.follow("a", "b", retries=Retries(1), max_failures=1)
    assert statuses(on) == ["FAILED", "FAILED", "SUCCEEDED", "SUCCEEDED"]


def test_a_canary_may_need_a_second_attempt() -> None:
    on = Scene(Moody(failures=1))
    on.follow("a", "b", retries=Retries(1), canary=1)
    assert statuses(on).count("SUCCEEDED") == 2


def test_two_alike_are_tried_again_each_for_itself() -> None:
    platform, history = Moody(failures=9), MemoryHistory()
    jobs = launched("a", "a", platform=platform, history=history)
    told: list[Event] = []
    follow(
        jobs,
        platform=platform,
        history=history,
        policy=Policy(retries=Retries(1)),
        notify=told.append,
    )
    first, second = (event for event in told if isinstance(event, JobRetried))
    assert [first.job.name, second.job.name] == [job.name for job in jobs]
    assert [str(job.status) for job in history.recent()] == ["FAILED"] * 4
    assert len(platform.started) == 4


def test_after_an_interrupt_nothing_is_tried_again() -> None:
    on = Scene(Moody(failures=9))
    on.interrupt_at = "a again as 2"
    with pytest.raises(KeyboardInterrupt):
        on.follow("a", retries=Retries(5))
    assert statuses(on) == ["FAILED", "STOPPED"]


def test_a_job_that_takes_too_long_is_stopped_and_has_failed() -> None:
    on = scene(a=Play(lasts=True))
    assert on.follow("a", "b", timeout=0.01)["a"] == "FAILED"
    assert "longer than --timeout allows" in str(on.history.jobs["a"].outcome.reason)
    assert on.platform.held == set()


def test_a_job_that_is_quick_enough_is_left_alone() -> None:
    on = scene()
    assert on.follow("a", timeout=1000.0) == {"a": "SUCCEEDED"}
