"""Requests wait as long as they must, and hardly longer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.gcp.failures import Busy, Refused, Unclear
from caliban_adapters.vertex.patience import Backoff, Clock, HurriedAway, Pacer

from .clocks import FastClock

LEAST = 16 * 60  # seconds in which 1,000 jobs can be submitted at 60 within any minute


def test_a_thousand_turns_at_sixty_a_minute_take_hardly_longer_than_they_must() -> None:
    clock = FastClock()
    pacer = Pacer(per_minute=60, clock=clock)
    for _ in range(1000):
        with pacer.turn():
            pass
    assert LEAST <= clock.now() <= 1.02 * LEAST


def test_turns_that_are_taken_side_by_side_keep_the_pace_together() -> None:
    clock = FastClock()
    pacer = Pacer(per_minute=60, clock=clock)

    def submit(_: int) -> float:
        with pacer.turn():
            return clock.now()

    with ThreadPoolExecutor(16) as threads:
        times = sorted(threads.map(submit, range(1000)))

    assert clock.now() >= LEAST
    assert all(later - earlier > 60 for earlier, later in zip(times, times[60:], strict=False))


@given(st.integers(1, 50), st.integers(1, 200))
def test_no_minute_ever_holds_more_turns_than_it_may(per_minute: int, turns: int) -> None:
    clock = FastClock()
    pacer = Pacer(per_minute=per_minute, clock=clock)
    times = []
    for _ in range(turns):
        with pacer.turn():
            times.append(clock.now())
    assert all(
        later - earlier > 60 for earlier, later in zip(times, times[per_minute:], strict=False)
    )


def test_without_a_limit_nobody_waits() -> None:
    clock = FastClock()
    pacer = Pacer(per_minute=None, clock=clock)
    for _ in range(1000):
        with pacer.turn():
            pass
    assert clock.now() == 0


def test_a_turn_that_is_still_under_way_counts() -> None:
    clock = FastClock()
    pacer = Pacer(per_minute=1, clock=clock)
    began, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        with pacer.turn():
            began.set()
            goes_on.wait(10)

    def follow() -> float:
        with pacer.turn():
            return clock.now()

    with ThreadPoolExecutor(2) as threads:
        threads.submit(hold)
        began.wait(10)
        second = threads.submit(follow)
        goes_on.set()
        assert second.result() > 60


def test_who_is_hurried_does_not_wait_for_a_turn() -> None:
    clock = Clock()
    pacer = Pacer(per_minute=1, clock=clock)
    with pacer.turn():
        pass
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pacer.turn().__enter__)
        clock.hurry()
        with pytest.raises(HurriedAway):
            waiting.result(10)


def test_each_try_waits_longer_than_the_one_before_up_to_a_minute() -> None:
    clock = FastClock()
    backoff = Backoff(clock=clock, chance=lambda: 1.0)
    for tried in range(10):
        backoff.wait(tried, Unclear("x"))
    assert clock.slept == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert all(one <= next_one for one, next_one in pairwise(clock.slept))


def test_the_service_may_say_how_long_to_wait() -> None:
    clock = FastClock()
    Backoff(clock=clock, chance=lambda: 0.5).wait(0, Busy("x", retry_after=30))
    assert clock.slept == [30.25]


def test_a_question_is_repeated_until_it_is_answered() -> None:
    answers = iter([Unclear("x"), Busy("y"), None])

    def ask() -> str:
        if failure := next(answers):
            raise failure
        return "yes"

    assert Backoff(clock=FastClock()).repeat(ask) == "yes"


def test_a_question_is_not_repeated_for_ever_and_a_refusal_not_at_all() -> None:
    asked = []

    def ask(failure: Exception) -> None:
        asked.append(failure)
        raise failure

    backoff = Backoff(clock=FastClock(), tries=3)
    with pytest.raises(Unclear):
        backoff.repeat(lambda: ask(Unclear("x")))
    with pytest.raises(Refused):
        backoff.repeat(lambda: ask(Refused("no")))
    assert len(asked) == 4
