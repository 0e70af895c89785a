"""Selectors pick what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.kubernetes.resources import PODS, Thing
from fakes.kubernetes.selectors import field_selector, label_selector
from fakes.refusals import Refused


def pod(phase: str = "Running", **labels: str) -> Thing:
    return {"metadata": {"name": "p", "labels": labels}, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("selector", "picked"),
    [
        ("", True),
        ("job=a", True),
        ("job==b", False),
        ("job!=b", True),
        ("other!=b", True),
        ("job in (a, b)", True),
        ("job notin (a,b)", False),
        ("other notin (a)", True),
        ("job", True),
        ("!job", False),
        ("!other", True),
        ("job=a,group=g", True),
        ("job=a,group in (x),other", False),
    ],
)
def test_labels_are_told_apart(selector: str, *, picked: bool) -> None:
    assert label_selector(selector)(pod(job="a", group="g")) is picked


@pytest.mark.parametrize("selector", ["job=a b", "job=(a)", "job in a", "=a", "a,,b"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(Refused, match="unable to parse requirement"):
        label_selector(selector)


@given(phase=st.sampled_from(["Pending", "Running", "Succeeded"]))
def test_fields_are_told_apart(phase: str) -> None:
    picks = field_selector(PODS, "status.phase!=Succeeded,metadata.name=p")
    assert picks(pod(phase)) is (phase != "Succeeded")


def test_most_fields_select_nothing() -> None:
    with pytest.raises(Refused, match=r"field label not supported: spec\.hostname"):
        field_selector(PODS, "spec.hostname=a")
