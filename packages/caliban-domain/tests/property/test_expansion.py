"""Laws of expansion, beside those that ``caliban_domain.testing`` has for everybody.

- Expanding is lazy, and counting doesn't expand.
- The message about a flag set by two keys names it.
- What a script receives tells exactly which flags were set, and follows from them alone.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.errors import BadSweep
from caliban_domain.experiments import Experiment, sweep_of
from caliban_domain.testing.sweeps import (
    GridModel,
    Item,
    document_of,
    flag_names,
    grids,
    grids_of,
    sweeps,
    words,
)

pytestmark = pytest.mark.property


@given(sweeps)
def test_counting_a_sweep_agrees_with_expanding_it(sweep: Item) -> None:
    expanded = sweep_of(document_of(sweep), "e")
    assert expanded.count == sum(grid.count for grid in grids_of(sweep))
    assert sum(1 for _ in expanded.experiments()) == expanded.count


@given(st.lists(st.integers(1, 10**4), min_size=1, max_size=8))
def test_a_sweep_of_any_size_is_counted_and_begun_at_once(lengths: list[int]) -> None:
    document = {f"key{number}": list(range(length)) for number, length in enumerate(lengths)}
    sweep = sweep_of(document, "e")
    product = 1
    for length in lengths:
        product *= length
    assert sweep.count == product
    first = next(sweep.experiments())
    assert first.flags == tuple((name, 0) for name in document)
    assert len(list(islice(sweep.experiments(), 3))) == min(3, product)


@given(grids(), st.data())
def test_a_flag_set_by_two_keys_is_refused(grid: GridModel, data: st.DataObject) -> None:
    names = [name for key in grid.keys for name in key.names] or ["x"]
    name = data.draw(st.sampled_from(names))
    other = data.draw(flag_names.filter(lambda new: new not in names))
    again = data.draw(st.sampled_from([f"[{name}]", f"[{name},{other}]", f"[ {other}, {name}]"]))
    row = [1] * (again.count(",") + 1)
    document = {name: 0} | grid.document | {f" {again} ": row}
    with pytest.raises(BadSweep) as refused:
        sweep_of(document, "e")
    assert f"the flag --{name} is set by the key " in refused.value.message


def flags_in(argv: Sequence[str], switches: set[str]) -> Iterator[tuple[str, str | None]]:
    """What a script's own parser makes of its arguments, if it knows which flags are switches."""
    words = iter(argv)
    for word in words:
        name = word.removeprefix("--")
        yield name, None if name in switches else next(words)


def read(text: str | None, written: Item) -> Any:
    """The flag's text, read as a value of the kind that was written; True where it has none."""
    if text is None:
        return True
    return text if isinstance(written, str) else json.loads(text)


@given(grids(), st.lists(words, max_size=3))
def test_the_arguments_tell_which_flags_were_set(grid: GridModel, script_args: list[str]) -> None:
    experiments = list(sweep_of(grid.document, "e").experiments(script_args))
    for index, experiment in enumerate(experiments):
        wanted = [(name, item) for name, item in grid.flags(index) if item is not False]
        assert list(experiment.argv[: len(script_args)]) == script_args
        switches = {name for name, item in wanted if item is True}
        parsed = list(flags_in(experiment.argv[len(script_args) :], switches))
        told = [(n, read(text, item)) for (n, text), (_, item) in zip(parsed, wanted, strict=True)]
        assert [(n, repr(value)) for n, value in told] == [(n, repr(v)) for n, v in wanted]


@given(grids(), st.lists(words, max_size=3))
def test_an_experiment_of_a_sweep_has_the_arguments_of_its_flags(
    grid: GridModel, script_args: list[str]
) -> None:
    for experiment in sweep_of(grid.document, "e").experiments(script_args):
        alone = Experiment(experiment.flags, tuple(script_args))
        assert (experiment, experiment.argv) == (alone, alone.argv)


@given(st.lists(words), st.lists(words))
def test_script_arguments_are_never_changed(script_args: list[str], more: list[str]) -> None:
    flags = tuple((f"f{number}", text) for number, text in enumerate(more))
    argv = Experiment(flags, tuple(script_args)).argv
    assert argv[: len(script_args)] == tuple(script_args)
    assert argv[len(script_args) + 1 :: 2] == tuple(more)
