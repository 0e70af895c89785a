"""Sweeps: a small document that stands for many experiments, each a list of flags for a script."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from typing import Final

from caliban_domain.documents import LineFinder, Mistake, Path, key_lines, parse_json, told
from caliban_domain.errors import BadSweep

Value = str | int | float | bool | tuple["Value", ...]
"""What a flag can be set to. A tuple is a list inside a list: one value, passed as JSON text."""

Flag = tuple[str, Value]

_NAME: Final = re.compile(r"[^\s,\[\]-][^\s,\[\]]*")
_UNPASSABLE: Final = re.compile("[\0\ud800-\udfff]")
_COMPOUND: Final = re.compile(r"\s*\[(.*)\]\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One point of a sweep: the flags it sets, after the script arguments that all points share."""

    flags: tuple[Flag, ...] = ()
    script_args: tuple[str, ...] = ()
    _words: tuple[str, ...] | None = field(default=None, compare=False, repr=False)
    """The words of the flags, where whoever made the experiment knows them already."""

    @property
    def argv(self) -> tuple[str, ...]:
        """What the script receives: the shared arguments, then ``--key value`` for each flag.

        True gives the bare ``--key``, False gives nothing, a list gives its JSON text.
        """
        words = _argv_of(self.flags) if self._words is None else self._words
        return self.script_args + words if self.script_args else words


@dataclass(frozen=True, slots=True)
class Axis:
    """One key of an experiment config: the settings it takes in turn, each of one or more flags."""

    settings: tuple[tuple[Flag, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One object of an experiment config: every combination of its axes' settings."""

    axes: tuple[Axis, ...]

    @property
    def count(self) -> int:
        """The number of combinations, at least 1, computed without expanding."""
        return math.prod(len(axis.settings) for axis in self.axes)

    def argvs(self) -> Iterator[tuple[str, ...]]:
        """The words of each combination's flags, lazily, in the same order."""
        # Each setting is put into words once, not once for each combination that it is in.
        for combination in product(*(map(_argv_of, axis.settings) for axis in self.axes)):
            yield tuple(chain.from_iterable(combination))

    def __iter__(self) -> Iterator[tuple[Flag, ...]]:
        """The flags of each combination, lazily; the last axis varies fastest."""
        for combination in product(*(axis.settings for axis in self.axes)):
            yield tuple(chain.from_iterable(combination))


@dataclass(frozen=True, slots=True)
class Sweep:
    """The content of an experiment config: grids that expand one after the other."""

    grids: tuple[Grid, ...]

    @property
    def count(self) -> int:
        """The number of experiments, 0 or more, computed without expanding."""
        return sum(grid.count for grid in self.grids)

    def experiments(self, script_args: Sequence[str] = ()) -> Iterator[Experiment]:
        """Every experiment in order, lazily, each with the same leading script arguments."""
        shared = tuple(script_args)
        for grid in self.grids:
            for flags, words in zip(grid, grid.argvs(), strict=True):
                yield Experiment(flags, shared, words)


ONE_EXPERIMENT: Final = Sweep((Grid(()),))
"""What runs when no experiment config is given: the script once, without flags."""


def parse(text: str, source: str) -> Sweep:
    """The sweep that a JSON text describes; ``source`` names it in error messages.

    Raises BadDocument for broken JSON, BadSweep with a line for every key that can't be used.
    """
    document = parse_json(text, source)
    return sweep_of(document, source, lines=lambda: key_lines(text))


def sweep_of(document: object, source: str, *, lines: LineFinder = dict) -> Sweep:
    """The sweep that plain dicts, lists and values describe.

    ``lines`` is asked where the keys stand only when there is a mistake to report.
    Raises BadSweep with a line for every key that can't be used.
    """
    mistakes: list[Mistake] = []
    try:
        grids = tuple(_grids(document, (), mistakes))
    except RecursionError as error:
        raise BadSweep(f"{source}: lists are nested too deeply") from error
    if mistakes:
        raise BadSweep(told(mistakes, source, lines()))
    return Sweep(grids)


def json_text(value: Value) -> str:
    """The JSON text of a value, as a script receives a list and as ``expansion`` prints it."""
    return json.dumps(value, ensure_ascii=False)


def _argv_of(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(map(_flag_argv, flags)))


def _flag_argv(flag: Flag) -> tuple[str, ...]:
    name, value = flag
    match value:
        case True:
            return (f"--{name}",)
        case False:
            return ()
        case str():
            return (f"--{name}", value)
        case tuple():
            return (f"--{name}", json_text(value))
        case _:
            return (f"--{name}", str(value))


def _grids(document: object, path: Path, mistakes: list[Mistake]) -> Iterator[Grid]:
    if isinstance(document, dict):
        yield Grid(tuple(_axes(document, path, mistakes)))
    elif isinstance(document, list):
        for index, item in enumerate(document):
            yield from _grids(item, (*path, index), mistakes)
    else:
        mistakes.append(
            Mistake(path, f"expected an object of flags, or a list of them, not {_kind(document)}")
        )


def _axes(config: dict[object, object], path: Path, mistakes: list[Mistake]) -> Iterator[Axis]:
    set_by: dict[str, object] = {}
    for key, value in config.items():
        try:
            names = _names(key)
            _refuse_flags_set_already(names, set_by)
            set_by |= dict.fromkeys(names, key)
            rows = _compound_settings if _is_compound(key) else _settings
            yield Axis(tuple(rows(names, value)))
        except _Unusable as error:
            mistakes.append(Mistake((*path, str(key)), str(error)))


class _Unusable(Exception):
    """Why one key of an experiment config can't be used."""


def _is_compound(key: object) -> bool:
    return isinstance(key, str) and key.lstrip().startswith("[")


def _names(key: object) -> tuple[str, ...]:
    """The flags that a key sets: one, or those of a compound key ``[a, b]``."""
    if not isinstance(key, str):
        raise _Unusable("a key must be a string; put it in quotes")
    compound = _COMPOUND.fullmatch(key)
    names = tuple(name.strip() for name in compound[1].split(",")) if compound else (key,)
    for name in names:
        if not _NAME.fullmatch(name):
            raise _Unusable(
                f"{name!r} can't be the name of a flag: a name is not empty, holds no white space, "
                "commas or brackets, and doesn't begin with '-'"
            )
        _refuse_unpassable(name)
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise _Unusable(f"names {repeated!r} twice")
    return names


def _refuse_flags_set_already(names: tuple[str, ...], set_by: Mapping[str, object]) -> None:
    for name in names:
        if name in set_by:
            raise _Unusable(f"the flag --{name} is set by the key {set_by[name]!r} already")


def _settings(names: tuple[str, ...], value: object) -> Iterator[tuple[Flag, ...]]:
    (name,) = names
    if value == []:
        raise _Unusable(
            "an empty list would mean no experiments at all; give it a value or remove the key"
        )
    for item in value if isinstance(value, list) else [value]:
        yield ((name, _value(item)),)


def _compound_settings(names: tuple[str, ...], value: object) -> Iterator[tuple[Flag, ...]]:
    for row in _rows(value):
        if len(row) != len(names):
            text = json.dumps(row, default=repr, skipkeys=True)
            wanted = "1 value" if len(names) == 1 else f"{len(names)} values, one for each name"
            raise _Unusable(f"the row {text} should hold {wanted}")
        yield tuple((name, _value(item)) for name, item in zip(names, row, strict=True))


def _rows(value: object) -> list[list[object]]:
    """The rows of a compound key's value; one flat row stands for a list of that row."""
    if not isinstance(value, list) or not value:
        raise _Unusable("a compound key takes a list of rows, such as [[1, 2], [3, 4]]")
    nested = sum(isinstance(row, list) for row in value)
    if nested == len(value):
        return value
    if nested:
        raise _Unusable("mixes rows and single values; write each row as a list of its own")
    return [value]


def _value(item: object) -> Value:
    match item:
        case str():
            _refuse_unpassable(item)
            return item
        case bool() | int():
            return item
        case float() if math.isfinite(item):
            return item
        case list():
            return tuple(map(_value, item))
        case _:
            raise _Unusable(
                f"{_kind(item)} can't be passed as a flag; use a string, a number, true or false"
            )


def _refuse_unpassable(text: str) -> None:
    """Refuse what no operating system hands to a program: NUL, and half a surrogate pair."""
    if found := _UNPASSABLE.search(text):
        what = "a NUL character" if found[0] == "\0" else "half of a surrogate pair"
        raise _Unusable(f"holds {what}, which can't be passed to a program")


def _kind(value: object) -> str:
    """What JSON calls the kind of a value, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "a number"
        case float():
            return "a number" if math.isfinite(value) else "a number too large to represent"
        case str():
            return "a string"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"
