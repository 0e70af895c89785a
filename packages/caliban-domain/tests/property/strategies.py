"""What the laws are checked on: documents, sweeps, words and names, from the plain to the nasty."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from hypothesis import strategies as st

from caliban_domain.images import ImageSpec, JobMode
from caliban_domain.names import MAX_GROUP_NAME, GroupName, group_name
from caliban_domain.provenance import Provenance, Revision

Item = Any
"""A value as JSON has it: lists stay lists."""

# Text that an operating system can hand to a program.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
nasty_words = st.sampled_from(
    ["", "--x", "-1", "[1]", "a b", '"', "'", "\\", "#", "//", ",]", ",}", "$(x)", "\n", "é", "NaN"]
)
strings = words | nasty_words


def is_a_flag_name(text: str) -> bool:
    banned = any(letter.isspace() or letter in ",[]\0" for letter in text)
    return bool(text) and not banned and not text.startswith("-")


flag_names = st.sampled_from(["lr", "epochs", "a.b", "x-y", "ü", "_", "#", '"']) | (
    words.filter(is_a_flag_name)
)
scalars = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), strings
)
items: st.SearchStrategy[Item] = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3), max_leaves=4
)
documents: st.SearchStrategy[Item] = st.recursive(
    scalars | st.none(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(strings, below, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Key:
    """One key of an experiment config, before it is spelled as JSON."""

    names: tuple[str, ...]
    rows: list[list[Item]]
    spelled: str
    value: Item


@dataclass(frozen=True)
class GridModel:
    """One object of an experiment config, which knows by itself what it stands for."""

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


@st.composite
def keys(draw: st.DrawFn, names: tuple[str, ...]) -> Key:
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
    names = draw(st.lists(flag_names, unique=True, max_size=5))
    found = []
    while names:
        size = draw(st.integers(1, min(3, len(names))))
        found.append(draw(keys(tuple(names[:size]))))
        names = names[size:]
    return GridModel(found)


sweeps: st.SearchStrategy[Item] = st.recursive(
    grids(), lambda below: st.lists(below, max_size=3), max_leaves=4
)
"""A grid, or lists of lists of them."""


def grids_of(sweep: Item) -> Iterator[GridModel]:
    if isinstance(sweep, GridModel):
        yield sweep
    else:
        for part in sweep:
            yield from grids_of(part)


def document_of(sweep: Item) -> Item:
    return sweep.document if isinstance(sweep, GridModel) else [document_of(s) for s in sweep]


@dataclass(frozen=True)
class Noisy:
    """A document, a text of it full of comments and commas, and the lines of its keys and items."""

    document: Item
    text: str
    lines: dict[tuple[str | int, ...], list[int]]


_comments = words.map(lambda text: text.replace("\n", "\r"))
_noise = st.one_of(
    st.sampled_from(["", "", " ", "\n", "\r\n\t", "#\n", '// "a": [1,]\n', "# it's } \" //\n"]),
    st.builds("{}{}\n".format, st.sampled_from(["#", "//"]), _comments),
)


@st.composite
def noisy(draw: st.DrawFn, source: st.SearchStrategy[Item]) -> Noisy:
    """The document as a careless person writes it."""
    pieces: list[str] = [draw(_noise)]
    lines: dict[tuple[str | int, ...], list[int]] = {}

    def write(token: str) -> None:
        pieces.extend((token, draw(_noise)))

    def note(path: tuple[str | int, ...]) -> None:
        lines[path] = ["".join(pieces).count("\n") + 1]

    def write_all(value: Item, path: tuple[str | int, ...]) -> None:
        if not isinstance(value, dict | list):
            write(json.dumps(value, ensure_ascii=draw(st.booleans())))
            return
        is_object = isinstance(value, dict)
        members = list(value.items() if isinstance(value, dict) else enumerate(value))
        write("{" if is_object else "[")
        for number, (key, member) in enumerate(members):
            note((*path, key))
            if is_object:
                write(json.dumps(key))
                write(":")
            write_all(member, (*path, key))
            if number < len(members) - 1 or draw(st.booleans()):
                write(",")
        write("}" if is_object else "]")

    document = draw(source)
    write_all(document, ())
    return Noisy(document, "".join(pieces), lines)


_bits = (
    """{ } [ ] : , "a" "[a,b]" " ' \\ 1 - 1e999 NaN -Infinity # // true null {} "apt_packages" """
)
soup = st.lists(st.sampled_from([*_bits.split(), " ", "\n", "\ufeff", "\0"]), max_size=20).map(
    "".join
)
"""Text that is nearly JSON."""

group_names: st.SearchStrategy[GroupName] = (
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=MAX_GROUP_NAME)
    .map(str.strip)
    .filter(lambda text: text and text.isprintable())
    | st.sampled_from(["a", "a-1", "a.1", "A-1", "--", "x" * 63, "x" * 64, "x" * 62 + "-", "日本"])
).map(group_name)

image_specs = st.builds(
    ImageSpec,
    project=words,
    mode=st.sampled_from(JobMode),
    base_image=words,
    folder=words,
    requirements=st.lists(words, max_size=3).map(tuple),
    apt_packages=st.lists(words, max_size=3).map(tuple),
    build_credentials=st.booleans(),
    extra_dirs=st.lists(words, max_size=3).map(tuple),
)

provenances = st.builds(
    Provenance,
    version=words,
    command=st.lists(words, max_size=3).map(tuple),
    base_digest=st.none() | words,
    revision=st.none()
    | st.builds(Revision, commit=words, dirty=st.booleans(), diff=st.none() | words),
)
