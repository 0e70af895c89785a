"""Time in the fake goes as a test wants, and no minute has more submissions than are allowed."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.clock import Clock, Submissions, rfc3339
from fakes.refusals import Refused

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_stopped_clock_moves_only_when_it_is_moved() -> None:
    clock = Clock()
    clock.stop(START)
    assert clock.now() == START
    clock.tick(1.5)
    assert rfc3339(clock.now()) == "2026-01-01T00:00:01.500000Z"


def test_a_clock_goes_by_itself_until_it_is_stopped() -> None:
    clock = Clock()
    clock.tick(60)
    assert clock.now() > datetime.now(UTC) + timedelta(seconds=59)


@pytest.mark.property
@given(st.lists(st.floats(min_value=0, max_value=30)), st.integers(min_value=1, max_value=5))
def test_no_minute_has_more_submissions_than_allowed(waits: list[float], limit: int) -> None:
    clock = Clock()
    clock.stop(START)
    submissions = Submissions(clock)
    submissions.per_minute = limit
    taken = []
    for wait in waits:
        clock.tick(wait)
        with contextlib.suppress(Refused):
            submissions.count("p/us-central1")
            taken.append(clock.now())
    for begin in taken:
        end = begin + timedelta(minutes=1)
        assert sum(begin <= moment < end for moment in taken) <= limit


def test_the_sixty_first_of_a_minute_is_told_when_to_come_back() -> None:
    clock = Clock()
    clock.stop(START)
    submissions = Submissions(clock)
    submissions.retry_after = True
    for _ in range(60):
        submissions.count("p/us-central1")
    clock.tick(20)
    with pytest.raises(Refused) as refused:
        submissions.count("p/us-central1")
    assert refused.value.refusal.code == 429
    seconds = int(refused.value.refusal.headers["Retry-After"])
    submissions.count("p/europe-west4")

    clock.tick(seconds)
    submissions.count("p/us-central1")
