"""Indexes are told shortly, and none is lost."""

from hypothesis import given
from hypothesis import strategies as st

from fakes.kubernetes.progress import ranges


def read(told: str) -> set[int]:
    found: set[int] = set()
    for part in filter(None, told.split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@given(indexes=st.sets(st.integers(0, 40)))
def test_ranges_say_which_indexes_there_are(indexes: set[int]) -> None:
    assert read(ranges(indexes)) == indexes


def test_three_in_a_row_are_a_range_and_two_are_not() -> None:
    assert ranges({7, 1, 3, 4, 5, 8}) == "1,3-5,7,8"
