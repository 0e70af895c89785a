"""Experiment configs, each with the experiments that it stands for, made by plain loops."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Setting = dict[str, Any]
"""The flags that one choice for a key sets."""

Case = tuple[Any, list[Setting]]
"""A document, and the experiments that it must expand to."""

_SPACES = "".join(character for character in map(chr, range(0x3001)) if character.isspace())

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
lines = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=5)
names = st.text(
    st.characters(codec="utf-8", exclude_characters=f"\0,[]{_SPACES}"), min_size=1, max_size=5
).filter(lambda name: not name.startswith("-"))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def scalars(strings: SearchStrategy[str] = texts) -> SearchStrategy[Any]:
    return st.booleans() | numbers | strings


def nested(strings: SearchStrategy[str] = texts) -> SearchStrategy[Any]:
    """Scalars, and lists of lists of them, each of which is one value."""
    plain = scalars(strings)
    lists = st.lists(plain, max_size=2)
    return plain | lists | st.lists(plain | lists, max_size=2)


def cases(
    values: SearchStrategy[Any], strings: SearchStrategy[str] = names
) -> SearchStrategy[Case]:
    """Configs of every shape: objects, lists of them, and lists of such lists."""
    objects = _objects(values, strings)
    lists = st.lists(objects, max_size=2).map(_one_after_another)
    return objects | lists | st.lists(objects | lists, max_size=2).map(_one_after_another)


def _objects(values: SearchStrategy[Any], strings: SearchStrategy[str]) -> SearchStrategy[Case]:
    @st.composite
    def build(draw: Callable[..., Any]) -> Case:
        unused = draw(st.lists(strings, max_size=4, unique=True))
        document: dict[str, Any] = {}
        experiments: list[Setting] = [{}]
        while unused:
            key, value, settings = draw(_member(unused, values))
            unused = unused[len(settings[0]) :]
            document[key] = value
            experiments = [one | setting for one in experiments for setting in settings]
        return document, experiments

    return build()


@st.composite
def _member(
    draw: Callable[..., Any], unused: list[str], values: SearchStrategy[Any]
) -> tuple[str, Any, list[Setting]]:
    """A key, its value, and the settings that it takes in turn."""
    if draw(st.booleans()):
        return _compound(draw, unused[: draw(st.integers(1, min(3, len(unused))))], values)
    name = unused[0]
    choices = draw(st.lists(values, min_size=1, max_size=3))
    is_bare = len(choices) == 1 and not isinstance(choices[0], list) and draw(st.booleans())
    return name, choices[0] if is_bare else choices, [{name: choice} for choice in choices]


def _compound(
    draw: Callable[..., Any], together: list[str], values: SearchStrategy[Any]
) -> tuple[str, Any, list[Setting]]:
    row = st.lists(values, min_size=len(together), max_size=len(together))
    rows = draw(st.lists(row, min_size=1, max_size=3))
    space = draw(st.sampled_from(["", " ", "\t\n"]))
    key = f"{space}[{space}" + f"{space},{space}".join(together) + f"{space}]{space}"
    is_flat = len(rows) == 1 and not any(isinstance(value, list) for value in rows[0])
    written = rows[0] if is_flat and draw(st.booleans()) else rows
    return key, written, [dict(zip(together, row, strict=True)) for row in rows]


def _one_after_another(parts: list[Case]) -> Case:
    documents = [document for document, _ in parts]
    return documents, [one for _, experiments in parts for one in experiments]
