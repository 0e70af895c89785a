"""Filters say what Python's own and, or and not say."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.list_filter import BadFilter, Comparison, Predicate, read_filter

Row = dict[str, str]
Example = tuple[str, Predicate]

FIELDS = st.sampled_from("abc")
ROWS = st.lists(st.fixed_dictionaries({field: st.sampled_from("xyz ") for field in "abc"}))


def field_is(comparison: Comparison) -> Predicate:
    comparison.must_use("=")
    return lambda row: bool(row[comparison.field] == comparison.value)


def is_value(field: str, value: str) -> Example:
    return f'{field}="{value}"', lambda row: bool(row[field] == value)


def no(inner: Example) -> Example:
    return f"NOT ({inner[0]})", lambda row: not inner[1](row)


def both(left: Example, right: Example) -> Example:
    return f"({left[0]} AND {right[0]})", lambda row: left[1](row) and right[1](row)


def either(left: Example, right: Example) -> Example:
    return f"( {left[0]} OR {right[0]} )", lambda row: left[1](row) or right[1](row)


FILTERS = st.recursive(
    st.builds(is_value, FIELDS, st.sampled_from("xyz ")),
    lambda inner: (
        st.builds(no, inner) | st.builds(both, inner, inner) | st.builds(either, inner, inner)
    ),
)


def chosen(text: str, rows: list[Row]) -> list[Row]:
    keep = read_filter(text, field_is)
    return [row for row in rows if keep(row)]


@pytest.mark.property
@given(FILTERS, ROWS)
def test_a_filter_chooses_what_a_predicate_chooses(example: Example, rows: list[Row]) -> None:
    text, predicate = example
    assert chosen(text, rows) == [row for row in rows if predicate(row)]


@pytest.mark.property
@given(ROWS)
def test_or_binds_before_and(rows: list[Row]) -> None:
    assert chosen("a=x AND b=x OR c=x", rows) == chosen("a=x AND (b=x OR c=x)", rows)
    assert chosen("NOT a=x OR b=x", rows) == chosen("(NOT a=x) OR b=x", rows)


@pytest.mark.property
@given(st.text())
def test_a_quoted_value_may_be_any_text(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    row: Mapping[str, Any] = {"a": value}
    assert read_filter(f'a="{quoted}"', field_is)(row)


@pytest.mark.property
@given(ROWS)
def test_an_empty_filter_chooses_all(rows: list[Row]) -> None:
    assert chosen("  ", rows) == rows


@pytest.mark.parametrize(
    "text",
    ["a", "a=", "=x", "a=x b=x", "a=x AND", "OR a=x", "(a=x", "a=x)", 'a="x', "a>x", "a==x", "()"],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        read_filter(text, field_is)
