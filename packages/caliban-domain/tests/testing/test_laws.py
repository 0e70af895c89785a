"""The laws hold for Caliban's own expansion, and catch those that do it differently."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import ClassVar
from unittest import TestCase, defaultTestLoader

import pytest

from caliban_domain.errors import BadSweep
from caliban_domain.experiments import sweep_of
from caliban_domain.testing.laws import Flags, SweepLaws
from caliban_domain.testing.sweeps import Item

pytestmark = pytest.mark.property

_TRIES = 50


class TestTheDomain(SweepLaws):
    refusal: ClassVar[type[Exception]] = BadSweep

    def expand(self, document: Item) -> Iterable[Flags]:
        return (experiment.flags for experiment in sweep_of(document, "e").experiments())


def test_unittest_finds_the_laws() -> None:
    case = type("Ours", (TestTheDomain, TestCase), {})
    assert defaultTestLoader.loadTestsFromTestCase(case).countTestCases() == 4


class FirstKeyFastest(TestTheDomain):
    """Counts with its first key as the lowest digit."""

    def expand(self, document: Item) -> Iterable[Flags]:
        if not isinstance(document, dict):
            return super().expand(document)
        backwards = dict(reversed(document.items()))
        return (flags[::-1] for flags in super().expand(backwards))


class Forgiving(SweepLaws):
    """Lets the last key that sets a flag win, and knows no keys of several flags."""

    def expand(self, document: Item) -> Iterable[Flags]:
        lists = [value if isinstance(value, list) else [value] for value in document.values()]
        return (list(zip(document, values, strict=True)) for values in product(*lists))


class Unequal(TestTheDomain):
    """Makes a float of every integer, and of yes and no."""

    def expand(self, document: Item) -> Iterable[Flags]:
        for flags in super().expand(document):
            yield [(n, float(value) if isinstance(value, int) else value) for n, value in flags]


@pytest.mark.parametrize(
    "law",
    [
        FirstKeyFastest().test_the_last_key_varies_fastest_and_lists_follow_each_other,
        Unequal().test_the_last_key_varies_fastest_and_lists_follow_each_other,
        Forgiving().test_a_flag_set_by_two_keys_is_refused,
    ],
)
def test_whoever_does_it_differently_is_caught(law: Callable[[], None]) -> None:
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        _try_hard(law)


def _try_hard(law: Callable[[], None]) -> None:
    """Chance decides how many examples it takes to find the one that tells."""
    for _ in range(_TRIES):
        law()
