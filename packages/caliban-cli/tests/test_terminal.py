"""What people see at a terminal is what pipes carry, in colour and within the width."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_cli.table import columns
from caliban_cli.terminal import fitted

JOB = (
    "      job 34       FAILED       LOCAL 2020-05-28 14:00:34 CEST container: 0f6d8a3ddbee "
    "name: forest-1-34"
)
TABLE = columns(("JOB", "STATUS"), [("34", "FAILED"), ("35", "SUCCEEDED")])


def test_a_status_is_in_colour() -> None:
    assert "\x1b[31mFAILED\x1b[0m " in fitted(JOB, width=200, variables={"TERM": "xterm"})
    assert fitted(TABLE, width=80, variables={}) == (
        "JOB  STATUS\n34   \x1b[31mFAILED\x1b[0m\n35   \x1b[32mSUCCEEDED\x1b[0m\n"
    )


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colours_gets_none(variables: dict[str, str]) -> None:
    assert fitted(JOB, width=200, variables=variables) == JOB


def test_a_long_line_goes_on_below_itself() -> None:
    first, second = fitted(JOB, width=80, variables={"NO_COLOR": "1"}).split("\n")
    assert first.startswith("      job 34       FAILED")
    assert second == "          container: 0f6d8a3ddbee name: forest-1-34"
    assert max(len(first), len(second)) <= 80


def test_how_a_job_ended_stays_together_where_it_fits() -> None:
    plain = {"NO_COLOR": "1"}
    ended = fitted(f"{JOB} (exit code 3)", width=len(JOB) + 8, variables=plain)
    assert ended == f"{JOB}\n          (exit code 3)"
    reason = f"({' '.join(['word'] * 40)})"
    lines = fitted(f"{JOB} {reason}", width=110, variables=plain).split("\n")
    assert max(map(len, lines)) <= 110


def test_a_word_that_failed_is_no_status() -> None:
    text = "    experiment id 3: train.py --mode FAILED"
    assert fitted(text, width=80, variables={}) == text


@given(st.text(st.sampled_from("ab -\n"), max_size=200), st.integers(20, 120))
def test_no_word_is_lost(text: str, width: int) -> None:
    shown = fitted(text, width=width, variables={"NO_COLOR": "1"})
    assert re.split(r"\s+", shown.strip()) == re.split(r"\s+", text.strip())
