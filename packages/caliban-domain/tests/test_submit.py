"""Submitting hands jobs to a platform, many at a time, and records what it answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.errors import PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.submit import Finishing, JobSubmitted, OneByOne, SubmissionEvent, submit
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched, title_of


def told(event: SubmissionEvent) -> str:
    match event:
        case JobSubmitted(job):
            return f"{title_of(job)} {job.status}"
        case Finishing(in_flight):
            return f"finishing {in_flight}"


@dataclass
class World:
    """A platform, its history, and everything that a call of ``submit`` tells."""

    platform: ScriptedPlatform
    told: list[str] = field(default_factory=list)
    meanwhile: Mapping[str, Callable[[], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.history = JournaledHistory(self.platform.journal)

    def submit(self, *titles: str, at_once: int = 1) -> dict[JobName, Outcome]:
        return submit(
            launched(*titles, platform=self.platform, history=self.history),
            platform=OneByOne(self.platform),
            history=self.history,
            notify=self._hear,
            at_once=at_once,
        )

    def _hear(self, event: SubmissionEvent) -> None:
        line = told(event)
        self.told.append(line)
        self.meanwhile.get(line, lambda: None)()


def world(**plays: Play) -> World:
    return World(ScriptedPlatform(plays))


def interrupt() -> None:
    raise KeyboardInterrupt


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.integers(1, 4))
def test_every_job_is_submitted_once_and_recorded(titles: list[str], at_once: int) -> None:
    on = world()
    outcomes = on.submit(*titles, at_once=at_once)
    assert sorted(on.platform.started) == sorted(titles)
    assert on.history.statuses == dict.fromkeys(titles, "RUNNING")
    assert sorted(on.told) == [f"{title} RUNNING" for title in sorted(titles)]
    assert len(outcomes) == len(titles)


def test_a_job_that_somebody_else_started_is_left_to_them() -> None:
    on = world()
    started = Outcome(status=JobStatus.RUNNING)
    on.meanwhile = {
        "a RUNNING": lambda: on.history.kept.record({on.history.jobs["b"].name: started})
    }
    on.submit("a", "b", "c")
    assert on.platform.started == ["a", "c"]


class Overtaken(ScriptedPlatform):
    """Somebody stops a job in the history while it is being submitted."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_in_history: Callable[[JobName], object] = lambda _: None

    def submit(self, spec: JobSpec, /) -> Outcome:
        self.stop_in_history(spec.name)
        return super().submit(spec)


def test_a_job_that_was_stopped_on_its_way_does_not_go_on() -> None:
    platform = Overtaken()
    on = World(platform)
    stopped = Outcome(status=JobStatus.STOPPED, reason="stopped by mei before starting")
    platform.stop_in_history = lambda name: on.history.kept.record({name: stopped})
    on.submit("a", "b")
    assert on.history.statuses == {"a": "STOPPED", "b": "STOPPED"}
    assert (platform.running, platform.held) == (set(), set())


def test_a_platform_that_does_not_stop_what_nobody_wants_is_told() -> None:
    platform = Overtaken()
    on = World(platform)
    stopped = Outcome(status=JobStatus.STOPPED)

    def refuse(_: object) -> NoReturn:
        raise PlatformUnavailable("LOCAL doesn't answer")

    platform.stop_in_history = lambda name: on.history.kept.record({name: stopped})
    platform.stop = refuse  # type: ignore[method-assign]
    with pytest.raises(PlatformUnavailable):
        on.submit("a", "b")
    assert platform.started == ["a"]


def test_a_rejected_job_has_failed_and_the_rest_is_given_up() -> None:
    on = world(b=Play(rejected=True))
    with pytest.raises(SubmissionRejected, match="b is not welcome"):
        on.submit("a", "b", "c")
    assert on.history.statuses == {"a": "RUNNING", "b": "FAILED", "c": "STOPPED"}
    assert on.history.jobs["c"].outcome.reason == "not submitted: b is not welcome"


def test_a_platform_that_doesnt_answer_leaves_the_rest_planned() -> None:
    on = world(b=Play(unavailable_in="submit"))
    with pytest.raises(PlatformUnavailable):
        on.submit("a", "b", "c")
    assert on.history.statuses == {"a": "RUNNING", "b": "PLANNED", "c": "PLANNED"}


def test_an_interrupt_hears_out_what_was_sent_and_gives_up_the_rest() -> None:
    on = world()
    on.meanwhile = {"a RUNNING": interrupt}
    with pytest.raises(KeyboardInterrupt):
        on.submit("a", "b", "c")
    assert on.told == ["a RUNNING", "finishing 0"]
    assert on.history.statuses == {"a": "RUNNING", "b": "STOPPED", "c": "STOPPED"}
    assert on.history.jobs["b"].outcome.reason == "interrupted before submission"
    assert on.platform.started == ["a"]


class Pairs(OneByOne):
    """Takes two jobs in one request."""

    def __init__(self, platform: ScriptedPlatform) -> None:
        super().__init__(platform)
        self.sizes: list[int] = []

    def batches(self, jobs: Sequence[Job], /) -> Iterable[Sequence[Job]]:
        return (jobs[start : start + 2] for start in range(0, len(jobs), 2))

    def submit_together(self, specs: Sequence[JobSpec], /) -> Mapping[JobName, Outcome]:
        self.sizes.append(len(specs))
        return super().submit_together(specs)


def test_jobs_go_together_where_the_platform_takes_several() -> None:
    on = world()
    pairs = Pairs(on.platform)
    jobs = launched(*"abcde", platform=on.platform, history=on.history)
    submit(jobs, platform=pairs, history=on.history, notify=lambda _: None, at_once=1)
    assert pairs.sizes == [2, 2, 1]
    assert on.history.statuses == dict.fromkeys("abcde", "RUNNING")
