"""The model of a grid counts as people do on paper."""

import json

import pytest
from hypothesis import given

from caliban_domain.testing.sweeps import GridModel, Item, Key, document_of, grids_of, sweeps

pytestmark = pytest.mark.property

GRID = GridModel(
    [
        Key(("lr",), [[0.1], [0.2]], "lr", [0.1, 0.2]),
        Key(("a", "b"), [[1, "x"], [2, "y"]], "[a,b]", [[1, "x"], [2, "y"]]),
    ]
)


def test_a_grid_is_counted_with_its_last_key_lowest() -> None:
    assert list(GRID.experiments()) == [
        [("lr", 0.1), ("a", 1), ("b", "x")],
        [("lr", 0.1), ("a", 2), ("b", "y")],
        [("lr", 0.2), ("a", 1), ("b", "x")],
        [("lr", 0.2), ("a", 2), ("b", "y")],
    ]
    assert GRID.count == 4


def test_grids_are_found_in_their_order() -> None:
    empty = GridModel([])
    assert list(grids_of([empty, [[GRID], []]])) == [empty, GRID]
    assert document_of([[GRID], empty]) == [[{"lr": [0.1, 0.2], "[a,b]": [[1, "x"], [2, "y"]]}], {}]


@given(sweeps)
def test_every_sweep_can_be_written_as_json(sweep: Item) -> None:
    document = document_of(sweep)
    assert json.loads(json.dumps(document)) == document
