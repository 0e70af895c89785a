"""The rest of a sweep waits for its canaries, and goes nowhere without them."""

import pytest

from caliban_domain.canaries import survivors
from caliban_domain.errors import PlatformUnavailable
from caliban_domain.follow import Event, JobEnded
from caliban_domain.jobs import Job
from caliban_domain.submit import OneByOne, submit
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched, title_of


class World:
    def __init__(self, *titles: str, canaries: int, **plays: Play) -> None:
        self.platform = ScriptedPlatform(plays)
        self.history = JournaledHistory(self.platform.journal)
        jobs = launched(*titles, platform=self.platform, history=self.history)
        self.canaries, self.rest = jobs[:canaries], jobs[canaries:]
        self.interrupts = False
        there = OneByOne(self.platform)
        submit(self.canaries, platform=there, history=self.history, notify=lambda _: None)

    def survivors(self) -> list[str]:
        left = survivors(
            self.canaries,
            self.rest,
            platform=self.platform,
            history=self.history,
            notify=self._hear,
        )
        return list(map(title_of, left))

    def _hear(self, event: Event) -> None:
        if self.interrupts and isinstance(event, JobEnded):
            raise KeyboardInterrupt


def test_all_go_on_after_canaries_that_succeed() -> None:
    world = World("a", "b", "c", canaries=2)
    assert world.survivors() == ["c"]
    assert world.history.statuses == {"a": "SUCCEEDED", "b": "SUCCEEDED", "c": "PLANNED"}


@pytest.mark.parametrize("end", [Play(exit_code=1), Play(vanishes=True)])
def test_nobody_goes_on_after_one_that_does_not(end: Play) -> None:
    world = World("a", "b", "c", canaries=2, b=end)
    assert world.survivors() == []
    job: Job = world.history.jobs["c"]
    assert job.status == "STOPPED"
    number = world.history.jobs["b"].number
    assert job.outcome.reason == f"not submitted: job {number} is a canary and did not succeed"


def test_an_interrupt_gives_up_the_rest_and_leaves_the_canaries() -> None:
    world = World("a", "b", canaries=1)
    world.interrupts = True
    with pytest.raises(KeyboardInterrupt):
        world.survivors()
    assert world.history.statuses["b"] == "STOPPED"


def test_a_platform_that_does_not_answer_leaves_the_rest_planned() -> None:
    world = World("a", "b", canaries=1, a=Play(unavailable_in="logs"))
    with pytest.raises(PlatformUnavailable):
        world.survivors()
    assert world.history.statuses["b"] == "PLANNED"
