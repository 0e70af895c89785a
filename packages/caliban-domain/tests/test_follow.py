"""Following runs jobs to their ends, a few at a time, and tells what happens meanwhile."""

import threading
from collections.abc import Callable

import pytest

from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from caliban_domain.names import JobName
from journal import PATIENCE
from scenes import Scene, scene
from stand_ins import Play, ScriptedPlatform


def test_a_job_is_started_heard_and_ended() -> None:
    on = scene(a=Play(output=[b"one", b"two"]))
    assert on.follow("a") == {"a": "SUCCEEDED"}
    assert on.told == ["a RUNNING", "a: one", "a: two", "a SUCCEEDED"]
    assert on.history.jobs["a"].outcome == Play().end


@pytest.mark.parametrize(
    ("play", "status", "exit_code"),
    [
        (Play(), "SUCCEEDED", 0),
        (Play(exit_code=3), "FAILED", 3),
        (Play(vanishes=True), "LOST", None),
    ],
)
def test_a_job_is_recorded_as_it_ended(play: Play, status: str, exit_code: int | None) -> None:
    on = scene(a=play)
    assert on.follow("a") == {"a": status}
    assert on.history.statuses == {"a": status}
    assert on.history.jobs["a"].outcome.exit_code == exit_code


def test_jobs_run_in_their_order_and_a_failure_doesnt_stop_the_next() -> None:
    on = scene(b=Play(exit_code=1))
    outcomes = on.follow("a", "b", "c")
    assert list(outcomes.items()) == [("a", "SUCCEEDED"), ("b", "FAILED"), ("c", "SUCCEEDED")]
    assert on.platform.started == ["a", "b", "c"]
    assert on.platform.most_at_once == 1


def test_an_end_is_recorded_before_the_platform_may_forget_the_job() -> None:
    on = scene(a=Play(lasts=True))
    on.meanwhile = {"a RUNNING": on.platform.finish}
    on.follow("a")
    assert on.history.journal.entries == [
        "enroll",
        "submit a",
        "record a=RUNNING",
        "observe a",
        "record a=SUCCEEDED",
        "release a",
        "settle a",
    ]
    assert on.history.unsettled() == []


@pytest.mark.parametrize(("parallel", "at_once"), [(1, 1), (2, 2), (6, 6), (100, 6)])
def test_as_many_jobs_run_at_once_as_were_asked_for(parallel: int, at_once: int) -> None:
    on = scene(together=at_once)
    on.follow(*"abcdef", parallel=parallel)
    assert on.platform.most_at_once == at_once
    assert set(on.history.statuses.values()) == {"SUCCEEDED"}


def test_output_of_any_length_arrives_whole_and_in_order() -> None:
    pieces = [b"%d" % n for n in range(2000)]
    on = scene(a=Play(output=pieces))
    on.follow("a")
    assert on.told[1:-1] == [f"a: {piece.decode()}" for piece in pieces]


def test_no_jobs_take_no_time() -> None:
    on = scene()
    assert on.follow() == {}
    assert on.told == []


def test_a_job_that_somebody_else_started_is_left_to_them() -> None:
    on = scene()
    on.meanwhile = {"a RUNNING": lambda: on.starts_elsewhere("b")}
    assert on.follow("a", "b", "c") == {"a": "SUCCEEDED", "c": "SUCCEEDED"}
    assert on.history.statuses["b"] == "RUNNING"


def test_nothing_is_left_when_others_started_everything() -> None:
    on = scene()
    jobs = on.launched("a", "b")
    on.starts_elsewhere("a")
    on.starts_elsewhere("b")
    assert on.follow_jobs(jobs) == {}
    assert on.platform.started == []


def test_the_history_has_the_last_word_on_how_a_job_ended() -> None:
    on = scene(a=Play(output=[b"x"]))
    stopped = Outcome(status=JobStatus.STOPPED, reason="by caliban stop")
    on.meanwhile = {"a: x": lambda: on.history.kept.record({on.history.jobs["a"].name: stopped})}
    assert on.follow("a") == {"a": "STOPPED"}
    assert on.told[-1] == "a STOPPED"


class Overtaken(ScriptedPlatform):
    """Somebody stops a job in the history while it is being started."""

    def __init__(self) -> None:
        super().__init__({"a": Play(lasts=True)})
        self.stop_in_history: Callable[[JobName], object] = lambda _: None

    def submit(self, spec: JobSpec, /) -> Outcome:
        self.stop_in_history(spec.name)
        return super().submit(spec)


def test_a_job_that_was_stopped_on_its_way_does_not_go_on() -> None:
    platform = Overtaken()
    on = Scene(platform)
    stopped = Outcome(status=JobStatus.STOPPED, reason="stopped by mei before starting")
    platform.stop_in_history = lambda name: on.history.kept.record({name: stopped})
    assert on.follow("a") == {"a": "STOPPED"}
    assert (platform.running, platform.held) == (set(), set())


def test_history_and_notify_are_used_by_the_calling_thread_only() -> None:
    on = scene(together=3, a=Play(output=[b"x"]))
    callers: set[int] = set()
    on.meanwhile = {"a: x": lambda: callers.add(threading.get_ident())}
    on.follow(*"abc", parallel=3)  # JournaledHistory checks the rest
    assert callers == {threading.get_ident()}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_a_platform_doesnt_hang_the_command() -> None:
    class Buggy(ScriptedPlatform):
        def submit(self, spec: JobSpec, /) -> Outcome:
            raise KeyError(spec.name)

    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="a thread that follows jobs ended early"):
        Scene(Buggy()).follow("a")
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
