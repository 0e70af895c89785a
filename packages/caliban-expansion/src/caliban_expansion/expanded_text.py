"""The text of an expanded sweep, a block at a time.

Expanding is a product of texts, not of values: each key and value is encoded once, not once per
experiment, and the combinations of the innermost keys are joined once for all that stand before
them. A block is bounded, so memory doesn't grow with the number of experiments.
"""

import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from caliban_domain.experiments import Experiment, Flag, Grid, Sweep

_BLOCK_CHARACTERS: Final = 1 << 17

Setting = tuple[Flag, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How experiments look: the text of one flag, what stands between, and what encloses them."""

    flag: Callable[[Flag], str]
    """The text of a flag; an empty one is left out."""
    between_flags: str
    item: tuple[str, str]
    empty_item: str
    between_items: str
    whole: tuple[str, str]
    empty_whole: str


def _json_flag(flag: Flag) -> str:
    """A member of a JSON object. A list keeps its own list around it, or it would expand again."""
    name, value = flag
    return f"{json.dumps(name)}: {json.dumps([value] if isinstance(value, tuple) else value)}"


def _shell_flag(flag: Flag) -> str:
    return " ".join(map(_shell_word, Experiment((flag,)).argv))


def _shell_word(word: str) -> str:
    """The word, quoted so that it stays on its line: a line break becomes an escape."""
    quoted = shlex.quote(word)
    if "\n" not in word and "\r" not in word:
        return quoted
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + escaped.replace("\n", "\\n").replace("\r", "\\r") + "'"


JSON: Final = Style(
    flag=_json_flag,
    between_flags=", ",
    item=("{", "}"),
    empty_item="{}",
    between_items=", ",
    whole=("[", "]\n"),
    empty_whole="[]\n",
)
PRETTY_JSON: Final = Style(
    flag=_json_flag,
    between_flags=",\n    ",
    item=("  {\n    ", "\n  }"),
    empty_item="  {}",
    between_items=",\n",
    whole=("[\n", "\n]\n"),
    empty_whole="[]\n",
)
JSON_LINES: Final = Style(
    flag=_json_flag,
    between_flags=", ",
    item=("{", "}"),
    empty_item="{}",
    between_items="\n",
    whole=("", "\n"),
    empty_whole="",
)
SHELL_FLAGS: Final = Style(
    flag=_shell_flag,
    between_flags=" ",
    item=("", ""),
    empty_item="",
    between_items="\n",
    whole=("", "\n"),
    empty_whole="",
)


def expanded(sweep: Sweep, style: Style) -> Iterator[str]:
    """The text of all experiments of a sweep in order, lazily, in blocks of some 100 kB."""
    if not sweep.count:
        yield style.empty_whole
        return
    opening, closing = style.whole
    yield opening
    between = ""
    for block in _gathered(_sweep_blocks(sweep, style), style.between_items):
        yield between
        yield block
        between = style.between_items
    yield closing


def _gathered(blocks: Iterable[str], between: str) -> Iterator[str]:
    """The blocks, small neighbours joined: a sweep may be a long list of single experiments."""
    waiting: list[str] = []
    size = 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size >= _BLOCK_CHARACTERS:
            yield between.join(waiting)
            waiting.clear()
            size = 0
    if waiting:
        yield between.join(waiting)


def _sweep_blocks(sweep: Sweep, style: Style) -> Iterator[str]:
    for grid in sweep.grids:
        yield from _grid_blocks(grid, style)


def _grid_blocks(grid: Grid, style: Style) -> Iterator[str]:
    texts = [[_setting_text(setting, style) for setting in axis.settings] for axis in grid.axes]
    outer, inner = _split(texts)
    tails = ["".join(combination) for combination in product(*inner)]
    widest = max(map(len, tails))
    for combination in product(*outer):
        head = "".join(combination)
        items = max(1, _BLOCK_CHARACTERS // (len(head) + widest + 1))
        for start in range(0, len(tails), items):
            yield _block(head, tails[start : start + items], style)


def _setting_text(setting: Setting, style: Style) -> str:
    """The flags of a setting, each behind its separator, so that texts can be joined bare."""
    return "".join(style.between_flags + text for flag in setting if (text := style.flag(flag)))


def _split(texts: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """The outer and the inner axes; one block holds all combinations of the inner ones."""
    first_inner = max(len(texts) - 1, 0)
    items = width = 1
    for place, axis in reversed([*enumerate(texts)]):
        items *= len(axis)
        width += max(map(len, axis))
        if items * width > _BLOCK_CHARACTERS:
            break
        first_inner = place
    return texts[:first_inner], texts[first_inner:]


def _block(head: str, tails: list[str], style: Style) -> str:
    skipped = len(style.between_flags)
    opening, closing = style.item
    if not head:
        items = (opening + tail[skipped:] + closing if tail else style.empty_item for tail in tails)
        return style.between_items.join(items)
    start = opening + head[skipped:]
    return start + (closing + style.between_items + start).join(tails) + closing
