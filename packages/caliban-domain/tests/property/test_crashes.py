"""Laws of dying at any moment.

A process is killed before or after any step that it takes on platform or history, containers go
on without it, and perhaps the next command is killed too. Then, once a command has come through:

- No experiment is lost and none has two jobs; all are in the history, or none is.
- The history tells the truth about every job, and nothing that has ended is left on the platform.
- No job has run twice, and what nobody had started can be taken up again.
"""

from contextlib import suppress
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.agenda import Policy
from caliban_domain.follow import Event, follow
from caliban_domain.observe import observe
from journal import Crash, Journal
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched, title_of

pytestmark = pytest.mark.property

MOST_STEPS = 14 * 4 + 2
plays = st.builds(
    Play,
    output=st.lists(st.just(b"x"), max_size=2),
    exit_code=st.sampled_from([0, 1]),
    lasts=st.booleans(),
)
many_plays = st.lists(plays, min_size=1, max_size=4).map(
    lambda plays: dict(zip("abcd", plays, strict=False))
)


class World:
    """What outlives the processes: a platform and a history."""

    def __init__(self, plays: dict[str, Play]) -> None:
        self.platform = ScriptedPlatform(plays)
        self.history = JournaledHistory()

    def begin_a_process(self, breaks_at: int | None = None) -> None:
        """A process that is killed at that step, or comes through."""
        journal = Journal(breaks_at)
        self.platform = self.platform.seen_by(journal)
        self.history = JournaledHistory(journal, self.history.kept)

    def run(self, *titles: str, parallel: int, interrupt_at: int | None = None) -> None:
        moments = count()

        def notify(_: Event) -> None:
            if next(moments) == interrupt_at:
                raise KeyboardInterrupt
            self.platform.finish()

        with suppress(Crash, KeyboardInterrupt):
            follow(
                launched(*titles, platform=self.platform, history=self.history),
                platform=self.platform,
                history=self.history,
                policy=Policy(parallel=parallel),
                notify=notify,
            )
        self.platform.journal.wait_until_quiet()

    def observe(self) -> None:
        with suppress(Crash):
            assert observe(self.history, lambda _: self.platform) == []

    def check(self, titles: set[str], given_up: str = "PLANNED") -> None:
        """The laws; a job that was never started is planned, or given up in an interrupt."""
        statuses = self.history.statuses
        assert set(statuses) in (set(), titles)
        fates = self.platform.fates
        assert statuses == {t: fates.get(t, status) for t, status in statuses.items()}
        assert {s for t, s in statuses.items() if t not in fates} <= {"PLANNED", given_up}
        assert len(self.platform.started) == len(set(self.platform.started))
        assert self.platform.held == self.platform.running
        open_jobs = {title for title, at in statuses.items() if at in {"PLANNED", "RUNNING"}}
        assert {title_of(job) for job in self.history.unsettled()} == open_jobs


@given(
    many_plays,
    st.integers(1, 3),
    st.integers(0, MOST_STEPS),
    st.integers(0, MOST_STEPS) | st.none(),
    st.sets(st.sampled_from("abcd")),
)
def test_a_process_may_die_at_any_step(
    plays: dict[str, Play],
    parallel: int,
    breaks_at: int,
    breaks_again_at: int | None,
    ending_meanwhile: set[str],
) -> None:
    world = World(plays)
    world.begin_a_process(breaks_at)
    world.run(*plays, parallel=parallel)
    world.platform.finish(ending_meanwhile)

    world.begin_a_process(breaks_again_at)
    world.observe()
    world.begin_a_process()
    world.observe()
    world.check(set(plays))

    waiting = [t for t in plays if world.history.statuses.get(t, "PLANNED") == "PLANNED"]
    world.begin_a_process()
    world.run(*waiting, parallel=parallel)
    world.platform.finish()
    world.observe()
    world.check(set(plays))
    assert world.history.statuses == {t: str(play.end.status) for t, play in plays.items()}
    assert world.history.unsettled() == []


@given(many_plays, st.integers(1, 3), st.integers(0, MOST_STEPS), st.integers(0, 12))
def test_a_process_may_die_while_it_stops_after_an_interrupt(
    plays: dict[str, Play], parallel: int, breaks_at: int, interrupt_at: int
) -> None:
    world = World(plays)
    world.begin_a_process(breaks_at)
    world.run(*plays, parallel=parallel, interrupt_at=interrupt_at)
    world.begin_a_process()
    world.observe()
    world.check(set(plays), given_up="STOPPED")

    world.platform.finish()
    world.observe()
    world.check(set(plays), given_up="STOPPED")


@given(st.integers(0, 30), st.integers(0, 30))
def test_two_commands_may_die_while_they_look(first: int, second: int) -> None:
    """Ends are noted in bulk; a process dies between any two of them."""
    titles = set("abcd")
    world = World({"b": Play(exit_code=1), "c": Play(lasts=True)})
    for job in launched(*sorted(titles), platform=world.platform, history=world.history):
        world.platform.submit(job.spec)
    world.platform.finish("abd")
    for breaks_at in (first, second, None):
        world.begin_a_process(breaks_at)
        world.observe()
    world.check(titles)
    assert world.history.statuses == {
        "a": "SUCCEEDED",
        "b": "FAILED",
        "c": "RUNNING",
        "d": "SUCCEEDED",
    }
