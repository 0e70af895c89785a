"""The laws of expansion, for any program that expands experiment configs.

Derive a class of tests from ``SweepLaws`` and give it your ``expand``; pytest finds the laws in it.
For unittest, derive it from ``unittest.TestCase`` as well::

    class TestOurSweeps(SweepLaws):
        def expand(self, document):
            return [experiment.flags for experiment in our_tool.load(document)]
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caliban_domain.testing.sweeps import (
    GridModel,
    Item,
    document_of,
    flag_names,
    grids,
    grids_of,
    items,
    sweeps,
)

Flags = Sequence[tuple[str, Any]]
"""The flags of one experiment, in order; a value that is a list may be a tuple."""

# Several classes may have these laws in one run of tests.
law = settings(suppress_health_check=[HealthCheck.differing_executors])


class SweepLaws:
    """What holds for everything that expands sweeps as Caliban does."""

    refusal: ClassVar[type[Exception]] = Exception
    """What ``expand`` raises for a config that can't be expanded."""

    def expand(self, document: Item) -> Iterable[Flags]:
        """The experiments of a config, which is given as JSON's values."""
        raise NotImplementedError

    @law
    @given(sweeps)
    def test_a_sweep_is_as_long_as_the_products_of_its_keys(self, sweep: Item) -> None:
        count = sum(1 for _ in self.expand(document_of(sweep)))
        assert count == sum(grid.count for grid in grids_of(sweep))

    @law
    @given(sweeps)
    def test_the_last_key_varies_fastest_and_lists_follow_each_other(self, sweep: Item) -> None:
        found = list(map(_told, self.expand(document_of(sweep))))
        assert found == [_told(flags) for grid in grids_of(sweep) for flags in grid.experiments()]

    @law
    @given(flag_names, items)
    def test_one_value_is_a_list_of_it(self, name: str, item: Item) -> None:
        if not isinstance(item, list):
            alone, listed = self.expand({name: item}), self.expand({name: [item]})
            assert list(map(_told, alone)) == list(map(_told, listed))

    @law
    @given(grids(), st.data())
    def test_a_flag_set_by_two_keys_is_refused(self, grid: GridModel, data: st.DataObject) -> None:
        names = [name for key in grid.keys for name in key.names] or ["x"]
        name = data.draw(st.sampled_from(names))
        other = data.draw(flag_names.filter(lambda new: new not in names))
        again = data.draw(st.sampled_from([f"[{name}]", f"[{name},{other}]", f"[{other}, {name}]"]))
        row = [1] * (again.count(",") + 1)
        try:
            list(self.expand({name: 0} | grid.document | {f" {again} ": row}))
        except self.refusal:
            return
        raise AssertionError(f"the flag {name} was set by two keys, and nobody minded")


def _told(flags: Flags) -> str:
    """Text that tells 1 from True and from 1.0, and not a list from a tuple."""
    return repr([(name, _as_json(value)) for name, value in flags])


def _as_json(value: Any) -> Item:
    return [_as_json(part) for part in value] if isinstance(value, list | tuple) else value
