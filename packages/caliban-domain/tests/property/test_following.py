"""Laws of following.

- Never more jobs run at once than were asked for; as many do as can.
- Jobs start in their order, as far as several at once have one.
- Every job ends recorded as it ended, then released, then settled; each is told from start to end.
- Jobs that somebody else started are left alone.
- An interrupt ends what runs and gives up what waits; a rejection lets what runs finish.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban_domain.agenda import Policy
from caliban_domain.errors import SubmissionRejected
from caliban_domain.follow import (
    Event,
    JobEnded,
    JobRetried,
    JobStarted,
    JobWrote,
    Stopping,
    follow,
)
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.observe import observe
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched, title_of

pytestmark = pytest.mark.property

TITLES = "abcdef"
outputs = st.lists(st.binary(min_size=1, max_size=3), max_size=3)
plays = st.builds(
    Play, output=outputs, exit_code=st.sampled_from([0, 0, 1, 137]), vanishes=st.booleans()
)
many_plays = st.lists(plays, max_size=len(TITLES)).map(
    lambda plays: dict(zip(TITLES, plays, strict=False))
)
few = st.integers(1, 4)

# A run of several threads costs more than most laws' examples.
some_examples = settings(max_examples=settings().max_examples // 2)


class Run:
    """One call of ``follow`` with what it told, in a world that is looked at afterwards."""

    def __init__(self, plays: dict[str, Play], *, together: int = 0) -> None:
        self.platform = ScriptedPlatform(plays, together=together)
        self.history = JournaledHistory(self.platform.journal)
        self.jobs = launched(*plays, platform=self.platform, history=self.history)
        self.events: list[Event] = []

    def follow(
        self, parallel: int = 1, notify: Callable[[Event], None] = lambda _: None
    ) -> dict[JobName, Outcome]:
        def hear(event: Event) -> None:
            self.events.append(event)
            notify(event)

        return follow(
            self.jobs,
            platform=self.platform,
            history=self.history,
            policy=Policy(parallel=parallel),
            notify=hear,
        )


def end_of(play: Play) -> str:
    return "LOST" if play.vanishes else str(play.end.status)


@some_examples
@given(many_plays, few)
def test_every_job_ends_as_it_ended_and_nothing_is_left(
    plays: dict[str, Play], parallel: int
) -> None:
    run = Run(plays)
    outcomes = run.follow(parallel)
    ends = {title: end_of(play) for title, play in plays.items()}
    assert run.history.statuses == ends
    assert {name: str(outcome.status) for name, outcome in outcomes.items()} == {
        job.name: ends[title_of(job)] for job in run.jobs
    }
    assert run.history.unsettled() == []
    assert run.platform.held == set()


@some_examples
@given(many_plays, few)
def test_as_many_run_at_once_as_can_and_no_more(plays: dict[str, Play], parallel: int) -> None:
    at_once = min(parallel, len(plays))
    run = Run(plays, together=at_once)
    run.follow(parallel)
    assert run.platform.most_at_once == at_once


@some_examples
@given(many_plays, few)
def test_jobs_start_in_their_order(plays: dict[str, Play], parallel: int) -> None:
    run = Run(plays)
    run.follow(parallel)
    assert sorted(run.platform.started) == sorted(plays)
    for place, title in enumerate(run.platform.started):
        overtaken = set(TITLES[: TITLES.index(title)]) - set(run.platform.started[:place])
        assert len(overtaken) < parallel


@some_examples
@given(many_plays, few)
def test_each_job_is_told_from_start_to_end(plays: dict[str, Play], parallel: int) -> None:
    run = Run(plays)
    run.follow(parallel)
    for title, play in plays.items():
        told = [
            e
            for e in run.events
            if not isinstance(e, JobRetried | Stopping) and title_of(e.job) == title
        ]
        kinds = [type(event) for event in told]
        assert kinds == [JobStarted, *[JobWrote] * len(play.output), JobEnded]
        assert [e.data for e in told if isinstance(e, JobWrote)] == play.output


@some_examples
@given(many_plays, few)
def test_a_job_is_released_after_its_end_is_recorded(plays: dict[str, Play], parallel: int) -> None:
    run = Run(plays)
    run.follow(parallel)
    steps = run.history.journal.entries
    for title, play in plays.items():
        own = [steps.index(f"record {title}={end_of(play)}")]
        own += [steps.index(f"{act} {title}") for act in ("release", "settle")]
        assert own == sorted(own)


@some_examples
@given(many_plays, few, st.sets(st.sampled_from(TITLES)))
def test_jobs_that_somebody_else_started_are_left_alone(
    plays: dict[str, Play], parallel: int, taken: set[str]
) -> None:
    run = Run(plays)
    theirs = {job.name for job in run.jobs if title_of(job) in taken}
    run.history.kept.record(dict.fromkeys(theirs, Outcome(status=JobStatus.RUNNING)))
    outcomes = run.follow(parallel)
    assert set(outcomes) == {job.name for job in run.jobs} - theirs
    assert taken.isdisjoint(run.platform.started)
    for title in taken & set(plays):
        assert run.history.statuses[title] == "RUNNING"


lasting_plays = st.lists(
    st.builds(Play, output=outputs, exit_code=st.sampled_from([0, 1]), lasts=st.booleans()),
    max_size=len(TITLES),
).map(lambda plays: dict(zip(TITLES, plays, strict=False)))


@some_examples
@given(lasting_plays, few, st.integers(0, 20))
def test_an_interrupt_at_any_moment_ends_everything_and_tells_the_truth(
    plays: dict[str, Play], parallel: int, moment: int
) -> None:
    run = Run(plays)

    def interrupt(_: Event) -> None:
        if len(run.events) == moment:
            raise KeyboardInterrupt
        run.platform.finish()

    with suppress(KeyboardInterrupt):
        run.follow(parallel, interrupt)
    fates = run.platform.fates
    assert run.history.statuses == {title: fates.get(title, "STOPPED") for title in plays}
    assert run.platform.running == set()
    assert observe(run.history, lambda _: run.platform) == []
    assert run.history.unsettled() == []
    assert run.platform.held == set()


@some_examples
@given(many_plays, few, st.data())
def test_a_rejection_lets_what_runs_finish_and_gives_up_what_waits(
    plays: dict[str, Play], parallel: int, data: st.DataObject
) -> None:
    rejected = data.draw(st.sampled_from(TITLES[: len(plays) + 1]))
    plays = plays | {rejected: Play(rejected=True)}
    run = Run(plays)
    with pytest.raises(SubmissionRejected, match=f"{rejected} is not welcome"):
        run.follow(parallel)
    started = set(run.platform.started)
    assert run.history.statuses == {
        title: "FAILED" if title == rejected else end_of(play) if title in started else "STOPPED"
        for title, play in plays.items()
    }
    assert run.platform.held == set()
