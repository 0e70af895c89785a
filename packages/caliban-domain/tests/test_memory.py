"""Amounts of memory are read as people write them; too little of it is told, with what to try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.errors import UsageError
from caliban_domain.memory import enough_memory, memory_text, out_of_memory, parse_memory


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8388608", 8 << 20),
        ("8388608b", 8 << 20),
        ("512m", 512 << 20),
        ("512M", 512 << 20),
        ("512MiB", 512 << 20),
        ("1.5g", 3 << 29),
        ("8gb", 8 << 30),
        ("1t", 1 << 40),
    ],
)
def test_amounts_are_read_with_and_without_units(text: str, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "8", "0", "-8g", "5m", "8 g", "8x", "g", "1e9", "9" * 30])
def test_what_is_no_amount_or_too_little_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not an amount of memory of 6m or more"):
        parse_memory(text)


@given(st.integers(6 << 20, (1 << 63) - 1))
def test_what_is_written_is_read_back(size: int) -> None:
    assert parse_memory(memory_text(size)) == size


def test_a_job_at_its_limit_needs_twice_as_much() -> None:
    reason = out_of_memory(512 << 20)
    assert reason == "it ran out of memory: its peak reached its limit of 512m"
    assert enough_memory(reason) == "1g"


def test_a_job_without_a_limit_used_up_the_machine() -> None:
    assert "the machine had no more" in out_of_memory(None)
    assert enough_memory(out_of_memory(0)) == "8g"


@pytest.mark.parametrize("reason", [None, "it was ended by SIGKILL"])
def test_other_ends_have_nothing_to_do_with_memory(reason: str | None) -> None:
    assert enough_memory(reason) is None
