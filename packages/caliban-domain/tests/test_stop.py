"""Stopping ends what goes on, gives up what waits, and leaves alone what has ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from caliban_domain.errors import PlatformUnavailable
from caliban_domain.jobs import Job, Outcome, PlatformName
from caliban_domain.names import JobName
from caliban_domain.ports import Platform
from caliban_domain.stop import Stopped, stop
from journal import Journal
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched, title_of

LOCAL, K8S = PlatformName.LOCAL, PlatformName.K8S


class World:
    """Two platforms of lasting jobs that share a history and a journal."""

    def __init__(self, local: type[ScriptedPlatform] = ScriptedPlatform) -> None:
        self.journal = Journal()
        self.history = JournaledHistory(self.journal)
        self.platforms = {
            LOCAL: local(name=LOCAL, journal=self.journal),
            K8S: ScriptedPlatform(name=K8S, journal=self.journal),
        }

    def planned(self, *titles: str, on: PlatformName = LOCAL) -> Sequence[Job]:
        return launched(*titles, platform=self.platforms[on], history=self.history)

    def started(self, *titles: str, on: PlatformName = LOCAL) -> Sequence[Job]:
        jobs = self.planned(*titles, on=on)
        for job in jobs:
            self.history.kept.record({job.name: self.platforms[on].submit(job.spec)})
        return jobs

    def stopped(self, named: Callable[[PlatformName], Platform] | None = None) -> Stopped:
        return stop(
            self.history.recent(),
            by="mei",
            platform_named=named or (lambda name: self.platforms[name]),
            history=self.history,
        )


def test_what_runs_is_stopped_and_what_waits_is_given_up() -> None:
    world = World()
    world.started("a", "b")
    world.planned("c")
    stopped = world.stopped()
    assert [str(job.status) for job in stopped.jobs] == ["STOPPED"] * 3
    assert stopped.jobs[2].outcome.reason == "stopped by mei before starting"
    assert world.platforms[LOCAL].held == set()
    assert world.history.unsettled() == []


def test_a_job_that_ended_meanwhile_keeps_its_end() -> None:
    world = World()
    world.started("a", "b")
    world.platforms[LOCAL].finish({"a"})
    world.stopped()
    assert world.history.statuses == {"a": "SUCCEEDED", "b": "STOPPED"}


def test_a_job_that_was_started_and_not_noted_is_stopped() -> None:
    world = World()
    (job,) = world.planned("a")
    world.platforms[LOCAL].submit(job.spec)
    world.stopped()
    assert world.history.statuses == {"a": "STOPPED"}
    assert world.platforms[LOCAL].running == set()


class QuickRival(ScriptedPlatform):
    """Somebody starts a job just after this platform was asked about it."""

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        seen = super().observe(jobs)
        for job in jobs:
            self.submit(job.spec)
        return seen


def test_a_job_that_is_started_at_the_last_moment_does_not_go_on() -> None:
    world = World(QuickRival)
    world.planned("a")
    world.stopped()
    assert world.history.statuses == {"a": "STOPPED"}
    assert world.platforms[LOCAL].running == set()


def test_a_platform_that_does_not_answer_keeps_its_jobs_and_stops_no_other() -> None:
    world = World()
    world.started("a", on=LOCAL)
    world.planned("b", on=LOCAL)
    world.started("c", on=K8S)
    world.platforms[LOCAL].is_reachable = False
    stopped = world.stopped()
    assert [failure.message for failure in stopped.failures] == ["LOCAL doesn't answer"]
    assert world.history.statuses == {"a": "RUNNING", "b": "PLANNED", "c": "STOPPED"}


def test_a_platform_that_cannot_be_reached_at_all_is_a_failure_too() -> None:
    world = World()
    world.started("a")

    def unreachable(name: PlatformName) -> Platform:
        raise PlatformUnavailable(f"no way to {name}")

    assert [str(failure) for failure in world.stopped(unreachable).failures] == ["no way to LOCAL"]


class OnlyThisMachine(ScriptedPlatform):
    """Speaks of no job but those of this machine."""

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return super().observe([job for job in jobs if title_of(job) == "mine"])

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        return super().stop([job for job in jobs if title_of(job) == "mine"])


def test_what_cannot_be_reached_from_here_goes_on() -> None:
    world = World(OnlyThisMachine)
    world.started("mine", "theirs")
    world.stopped()
    assert world.history.statuses == {"mine": "STOPPED", "theirs": "RUNNING"}


def test_nothing_to_stop_touches_nothing() -> None:
    world = World()
    assert world.stopped() == Stopped(jobs=[], failures=[])
    assert world.journal.entries == []


@pytest.mark.parametrize("play", [Play(), Play(exit_code=3)])
def test_stopping_twice_changes_nothing(play: Play) -> None:
    world = World()
    world.platforms[LOCAL] = ScriptedPlatform({"a": play}, journal=world.journal)
    world.started("a")
    first = world.stopped()
    assert world.stopped() == replace(first)
