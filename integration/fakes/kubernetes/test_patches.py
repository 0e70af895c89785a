"""Patches change what they name and leave the rest."""

from typing import Any

import pytest

from fakes.kubernetes.patches import patched
from fakes.refusals import Refused

THING = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"suspend": False}}


@pytest.mark.parametrize("kind", ["merge-patch", "strategic-merge-patch"])
def test_a_merge_changes_adds_and_takes_away(kind: str) -> None:
    patch = {"metadata": {"labels": {"a": None, "c": "3"}}, "spec": {"suspend": True}}
    assert patched(THING, patch, f"application/{kind}+json") == {
        "metadata": {"labels": {"b": "2", "c": "3"}},
        "spec": {"suspend": True},
    }


def test_a_strategic_merge_finds_containers_by_name() -> None:
    thing = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]}
    patch = {"containers": [{"name": "b", "image": "3"}]}
    merged = patched(thing, patch, "application/strategic-merge-patch+json")
    assert merged == {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "3"}]}


def test_operations_are_carried_out_one_after_the_other() -> None:
    operations = [
        {"op": "test", "path": "/spec/suspend", "value": False},
        {"op": "replace", "path": "/spec/suspend", "value": True},
        {"op": "add", "path": "/metadata/labels/c~1d", "value": "3"},
        {"op": "remove", "path": "/metadata/labels/a"},
    ]
    assert patched(THING, operations, "application/json-patch+json") == {
        "metadata": {"labels": {"b": "2", "c/d": "3"}},
        "spec": {"suspend": True},
    }


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/suspend", "value": True},
        {"op": "replace", "path": "/spec/parallelism", "value": 1},
        {"op": "remove", "path": "/nowhere/at/all"},
        {"op": "copy", "path": "/spec/suspend", "from": "/a"},
    ],
)
def test_an_operation_that_can_not_be_is_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        patched(THING, [operation], "application/json-patch+json")


def test_other_kinds_of_patches_are_not_understood() -> None:
    with pytest.raises(Refused, match="unknown format"):
        patched(THING, {}, "text/plain")
