"""Blocks of text: lazy, bounded, and joined without a seam."""

import json
from collections.abc import Mapping
from itertools import islice, product

import pytest

from caliban_domain.experiments import Sweep, parse
from caliban_expansion.expanded_text import (
    JSON,
    JSON_LINES,
    PRETTY_JSON,
    SHELL_FLAGS,
    Style,
    expanded,
)

MORE_THAN_A_BLOCK = 2048 * 2 + 5


def sweep(document: object) -> Sweep:
    return parse(json.dumps(document), "a.json")


def text(document: object, style: Style) -> str:
    return "".join(expanded(sweep(document), style))


@pytest.mark.parametrize("style", [JSON, PRETTY_JSON, JSON_LINES, SHELL_FLAGS])
def test_a_sweep_without_end_is_printed_from_its_beginning(style: Style) -> None:
    endless = sweep({f"axis{number}": list(range(10)) for number in range(9)} | {"x": "y" * 20})
    assert endless.count == 10**9
    blocks = list(islice(expanded(endless, style), 40))
    assert all(len(block) < 1_000_000 for block in blocks)
    assert sum(map(len, blocks)) > 1_000_000


def test_neighbouring_experiments_share_a_block() -> None:
    blocks = list(expanded(sweep([{"a": number} for number in range(20_000)]), JSON_LINES))
    assert len(blocks) < 10


@pytest.mark.parametrize(
    "lengths",
    [
        {"a": MORE_THAN_A_BLOCK},
        {"a": MORE_THAN_A_BLOCK, "b": 2},
        {"a": 2, "b": MORE_THAN_A_BLOCK},
        {"a": 2, "b": MORE_THAN_A_BLOCK, "c": 2},
        {"a": 2, "b": 2048, "c": 1},
        {"a": 2, "b": 2, "c": 1025},
    ],
)
def test_no_seam_shows_where_blocks_meet(lengths: Mapping[str, int]) -> None:
    document = {name: list(range(length)) for name, length in lengths.items()}
    points = product(*map(range, lengths.values()))
    experiments = [dict(zip(lengths, point, strict=True)) for point in points]

    assert text(document, JSON) == json.dumps(experiments) + "\n"
    assert text(document, PRETTY_JSON) == json.dumps(experiments, indent=2) + "\n"
    assert text(document, JSON_LINES) == "".join(f"{json.dumps(one)}\n" for one in experiments)


def test_no_seam_shows_where_grids_meet() -> None:
    document = [{"a": list(range(3000))}, {}, [], {"b": [1, 2]}]
    experiments = [{"a": number} for number in range(3000)] + [{}, {"b": 1}, {"b": 2}]
    assert text(document, JSON) == json.dumps(experiments) + "\n"
    assert text(document, PRETTY_JSON) == json.dumps(experiments, indent=2) + "\n"


def test_a_flag_that_is_off_leaves_no_gap() -> None:
    document = {"a": [True, False], "b": [True, False], "c": [False, 1]}
    lines = ["--a --b", "--a --b --c 1", "--a", "--a --c 1", "--b", "--b --c 1", "", "--c 1"]
    assert text(document, SHELL_FLAGS) == "\n".join(lines) + "\n"
