"""Experiment configs of every shape, each of which knows by counting what it stands for."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from hypothesis import strategies as st

Item = Any
"""A value as JSON has it: lists stay lists."""

words: Final = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
"""Text that an operating system can hand to a program."""

_nasty_words: Final = st.sampled_from(
    ["", "--x", "-1", "[1]", "a b", '"', "'", "\\", "#", "//", ",]", ",}", "$(x)", "\n", "é", "NaN"]
)
strings: Final = words | _nasty_words
"""Words, and more often those that careless programs trip over."""


def _is_a_flag_name(text: str) -> bool:
    banned = any(letter.isspace() or letter in ",[]\0" for letter in text)
    return bool(text) and not banned and not text.startswith("-")


flag_names: Final = st.sampled_from(["lr", "epochs", "a.b", "x-y", "ü", "_", "#", '"']) | (
    words.filter(_is_a_flag_name)
)
"""Names that a key of an experiment config can set a flag by."""

scalars: Final = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), strings
)
items: Final[st.SearchStrategy[Item]] = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3), max_leaves=4
)
"""Values of one flag: scalars, and lists of lists of them."""


@dataclass(frozen=True)
class Key:
    """One key of an experiment config, before it is spelled as JSON."""

    names: tuple[str, ...]
    rows: list[list[Item]]
    spelled: str
    value: Item


@dataclass(frozen=True)
class GridModel:
    """One object of an experiment config."""

    keys: list[Key]

    @property
    def document(self) -> dict[str, Item]:
        return {key.spelled: key.value for key in self.keys}

    @property
    def count(self) -> int:
        return prod(len(key.rows) for key in self.keys)

    def flags(self, index: int) -> list[tuple[str, Item]]:
        """The experiment of that index, by counting with a digit for each key, the last lowest."""
        flags: list[tuple[str, Item]] = []
        for key in reversed(self.keys):
            index, digit = divmod(index, len(key.rows))
            flags = [*zip(key.names, key.rows[digit], strict=True), *flags]
        return flags

    def experiments(self) -> Iterator[list[tuple[str, Item]]]:
        """The flags of every experiment, in order."""
        return map(self.flags, range(self.count))


@st.composite
def _keys(draw: st.DrawFn, names: tuple[str, ...]) -> Key:
    is_compound = len(names) > 1 or draw(st.booleans())
    row = st.lists(items, min_size=len(names), max_size=len(names))
    rows = draw(st.lists(row, min_size=1, max_size=3))
    if not is_compound:
        values = [value for (value,) in rows]
        may_stand_alone = len(values) == 1 and not isinstance(values[0], list)
        alone = may_stand_alone and draw(st.booleans())
        return Key(names, rows, names[0], values[0] if alone else values)
    space = draw(st.sampled_from(["", " ", "\n\t"]))
    spelled = f"{space}[{space}{f'{space},{space}'.join(names)}{space}]{space}"
    may_be_flat = len(rows) == 1 and not any(isinstance(value, list) for value in rows[0])
    flat = may_be_flat and draw(st.booleans())
    return Key(names, rows, spelled, rows[0] if flat else rows)


@st.composite
def grids(draw: st.DrawFn) -> GridModel:
    """Objects of up to five flags, some of them set together."""
    names = draw(st.lists(flag_names, unique=True, max_size=5))
    found = []
    while names:
        size = draw(st.integers(1, min(3, len(names))))
        found.append(draw(_keys(tuple(names[:size]))))
        names = names[size:]
    return GridModel(found)


sweeps: Final[st.SearchStrategy[Item]] = st.recursive(
    grids(), lambda below: st.lists(below, max_size=3), max_leaves=4
)
"""A grid, or lists of lists of them."""


def grids_of(sweep: Item) -> Iterator[GridModel]:
    """The grids of a sweep, in the order in which they expand."""
    if isinstance(sweep, GridModel):
        yield sweep
    else:
        for part in sweep:
            yield from grids_of(part)


def document_of(sweep: Item) -> Item:
    """The experiment config that describes the sweep, as JSON's values."""
    return sweep.document if isinstance(sweep, GridModel) else [document_of(s) for s in sweep]
