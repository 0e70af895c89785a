"""Observing brings the history up to what the platforms say, and nothing else."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.errors import PlatformError, PlatformUnavailable
from caliban_domain.jobs import Job, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName
from caliban_domain.observe import ask_everywhere, observe
from caliban_domain.ports import Platform
from journal import Journal
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched


class World:
    """Platforms that share a history and a journal."""

    def __init__(self, *names: PlatformName) -> None:
        self.journal = Journal()
        self.history = JournaledHistory(self.journal)
        self.platforms = {
            name: ScriptedPlatform({"bad": Play(exit_code=2)}, name=name, journal=self.journal)
            for name in names or (PlatformName.LOCAL,)
        }

    def launched(self, name: PlatformName, *titles: str) -> Sequence[Job]:
        return launched(*titles, platform=self.platforms[name], history=self.history)

    def started(self, name: PlatformName, *titles: str) -> None:
        for job in self.launched(name, *titles):
            self.history.kept.record({job.name: self.platforms[name].submit(job.spec)})
        self.journal.entries.clear()

    def observed(self) -> list[str]:
        return [failure.message for failure in observe(self.history, self._named)]

    def _named(self, name: PlatformName) -> Platform:
        return self.platforms[name]


LOCAL, VERTEX, K8S = PlatformName.LOCAL, PlatformName.VERTEX, PlatformName.K8S


def test_with_no_open_jobs_nobody_is_asked() -> None:
    world = World()
    assert world.observed() == []
    assert world.journal.entries == []


def test_an_end_is_recorded_then_released_then_settled() -> None:
    world = World()
    world.started(LOCAL, "good", "bad", "going")
    world.platforms[LOCAL].finish({"good", "bad"})
    assert world.observed() == []
    assert world.journal.entries == [
        "observe good bad going",
        "record good=SUCCEEDED bad=FAILED going=RUNNING",
        "release good",
        "release bad",
        "settle good bad",
    ]
    assert world.history.statuses == {"good": "SUCCEEDED", "bad": "FAILED", "going": "RUNNING"}
    assert world.history.jobs["bad"].outcome.exit_code == 2


def test_what_has_ended_is_not_asked_about_again() -> None:
    world = World()
    world.started(LOCAL, "good", "going")
    world.platforms[LOCAL].finish({"good"})
    world.observed()
    world.journal.entries.clear()
    world.observed()
    assert world.journal.entries == ["observe going", "record going=RUNNING"]


def test_a_planned_job_that_nobody_started_stays_planned() -> None:
    world = World()
    world.launched(LOCAL, "a")
    world.observed()
    assert world.history.statuses == {"a": "PLANNED"}


def test_a_job_that_was_started_and_not_noted_is_found_running() -> None:
    world = World()
    (job,) = world.launched(LOCAL, "a")
    world.platforms[LOCAL].submit(job.spec)
    world.observed()
    assert world.history.statuses == {"a": "RUNNING"}


@pytest.mark.parametrize("status", [JobStatus.SUBMITTED, JobStatus.RUNNING])
def test_a_job_that_the_platform_no_longer_knows_is_lost(status: JobStatus) -> None:
    world = World()
    (job,) = world.launched(LOCAL, "a")
    world.history.kept.record({job.name: Outcome(status=status)})
    world.observed()
    assert world.history.statuses == {"a": "LOST"}
    assert world.history.unsettled() == []


def test_a_job_whose_end_was_noted_and_not_released_is_released() -> None:
    world = World()
    world.started(LOCAL, "bad")
    world.platforms[LOCAL].finish()
    world.history.kept.record({world.history.jobs["bad"].name: Play(exit_code=2).end})
    world.observed()
    assert world.journal.entries == ["observe", "record", "release bad", "settle bad"]
    assert world.platforms[LOCAL].held == set()
    assert world.history.unsettled() == []
    assert world.history.statuses == {"bad": "FAILED"}


def test_a_job_that_was_given_up_is_not_started_by_asking() -> None:
    world = World()
    (job,) = world.launched(LOCAL, "a")
    world.history.kept.record({job.name: Outcome(status=JobStatus.STOPPED)})
    world.observed()
    assert world.history.statuses == {"a": "STOPPED"}
    assert world.platforms[LOCAL].started == []


def test_each_platform_is_asked_once_about_its_own_jobs() -> None:
    world = World(LOCAL, VERTEX, K8S)
    world.started(K8S, "a")
    world.started(LOCAL, "b")
    world.started(K8S, "c")
    world.started(VERTEX, "d")
    world.observed()
    asked = [entry for entry in world.journal.entries if entry.startswith("observe")]
    assert sorted(asked) == ["observe a c", "observe b", "observe d"]


@pytest.mark.parametrize("gone", [LOCAL, VERTEX, K8S])
def test_a_platform_that_doesnt_answer_changes_nothing_and_stops_no_other(
    gone: PlatformName,
) -> None:
    world = World(LOCAL, VERTEX, K8S)
    for name in world.platforms:
        world.started(name, name.lower())
        world.platforms[name].finish()
    world.platforms[gone].is_reachable = False
    assert world.observed() == [f"{gone} doesn't answer"]
    ended = {name.lower(): "SUCCEEDED" for name in world.platforms}
    assert world.history.statuses == ended | {gone.lower(): "RUNNING"}


def test_a_platform_that_comes_back_is_asked_again() -> None:
    world = World()
    world.started(LOCAL, "a")
    world.platforms[LOCAL].finish()
    world.platforms[LOCAL].is_reachable = False
    world.observed()
    world.platforms[LOCAL].is_reachable = True
    assert world.observed() == []
    assert world.history.statuses == {"a": "SUCCEEDED"}


def test_a_platform_that_cannot_be_reached_to_begin_with_is_a_failure_too() -> None:
    world = World()
    world.started(LOCAL, "a")

    def unreachable(name: PlatformName) -> Platform:
        raise PlatformUnavailable(f"no way to {name}")

    assert [str(failure) for failure in observe(world.history, unreachable)] == ["no way to LOCAL"]


def test_any_other_failure_is_not_hidden() -> None:
    world = World()
    world.started(LOCAL, "a")

    def forbidden(_: PlatformName) -> Platform:
        raise PlatformError("not allowed")

    with pytest.raises(PlatformError, match="not allowed"):
        observe(world.history, forbidden)


@given(st.dictionaries(st.text(), st.booleans()))
def test_places_that_answer_are_heard_whichever_do_not(places: Mapping[str, bool]) -> None:
    said: list[str] = []

    def ask(place: str, _: Sequence[Job]) -> Mapping[JobName, Outcome]:
        if not places[place]:
            raise PlatformUnavailable(f"{place} doesn't answer")
        return {JobName(place): Outcome(status=JobStatus.RUNNING)}

    everywhere: Mapping[str, Sequence[Job]] = dict.fromkeys(places, ())
    if places and not any(places.values()):
        with pytest.raises(PlatformUnavailable):
            ask_everywhere(everywhere, ask, say=said.append)
        return
    heard = ask_everywhere(everywhere, ask, say=said.append)
    assert set(heard) == {place for place, answers in places.items() if answers}
    assert len(said) == len(places) - len(heard)
