"""What the comparisons in a filter of custom jobs mean."""

import re
from collections.abc import Mapping
from typing import Any

from fakes.job_states import FOLLOWERS
from fakes.list_filter import OPERATORS, BadFilter, Comparison, Predicate, read_filter
from fakes.schema import parse_time

_STATES = {*FOLLOWERS, "JOB_STATE_UNSPECIFIED"}


def job_filter(text: str) -> Predicate:
    """Says of a job, as the API shows it, whether the filter lets it through."""
    return read_filter(text, _meaning)


def _meaning(comparison: Comparison) -> Predicate:
    match comparison.field.partition("."):
        case "display_name", "", _:
            return _display_name(comparison)
        case "state", "", _:
            return _state(comparison)
        case "create_time", "", _:
            return _create_time(comparison)
        case "labels", ".", key:
            return _label(comparison, key)
        case _:
            raise BadFilter(f"'{comparison.field}' isn't a field of the filter")


def _display_name(comparison: Comparison) -> Predicate:
    comparison.must_use("=", "!=", ":")
    if comparison.operator == ":":
        parts = map(re.escape, comparison.value.split("*"))
        pattern = re.compile(".*".join(parts), re.DOTALL)
        return lambda job: bool(pattern.fullmatch(job["displayName"]))
    compare = OPERATORS[comparison.operator]
    return lambda job: compare(job["displayName"], comparison.value)


def _state(comparison: Comparison) -> Predicate:
    comparison.must_use("=", "!=")
    if comparison.value not in _STATES:
        raise BadFilter(f"'{comparison.value}' isn't a state")
    compare = OPERATORS[comparison.operator]
    return lambda job: compare(job["state"], comparison.value)


def _create_time(comparison: Comparison) -> Predicate:
    comparison.must_use(*OPERATORS)
    moment = parse_time(comparison.value)
    if moment is None:
        raise BadFilter(f"'{comparison.value}' isn't a time in RFC 3339")
    compare = OPERATORS[comparison.operator]
    return lambda job: compare(parse_time(job["createTime"]), moment)


def _label(comparison: Comparison, key: str) -> Predicate:
    comparison.must_use("=", ":")
    if comparison.operator == "=":
        return lambda job: _labels(job).get(key) == comparison.value
    if comparison.value != "*":
        raise BadFilter("'labels.KEY:' is followed by '*'")
    return lambda job: key in _labels(job)


def _labels(job: Mapping[str, Any]) -> Mapping[str, str]:
    labels: Mapping[str, str] = job.get("labels", {})
    return labels
