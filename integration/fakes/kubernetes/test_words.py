"""Quantities mean what Kubernetes means by them."""

from decimal import Decimal

import pytest

from fakes.kubernetes.words import amount


@pytest.mark.parametrize(
    ("quantity", "number"),
    [
        ("1", "1"),
        ("1.5", "1.5"),
        (".5", ".5"),
        ("500m", ".5"),
        ("2k", "2000"),
        ("2Ki", "2048"),
        ("1Gi", "1073741824"),
        ("1E", "1e18"),
        ("1e3", "1000"),
        ("-1", "-1"),
        (3, "3"),
    ],
)
def test_a_quantity_is_a_number(quantity: object, number: str) -> None:
    assert amount(quantity) == Decimal(number)


@pytest.mark.parametrize("quantity", ["", "1 Gi", "1GB", "Gi", "one", "1.2.3", "1gi", "1K"])
def test_what_is_no_quantity_is_no_number(quantity: str) -> None:
    assert amount(quantity) is None
