import pytest

from caliban_cli.table import text

ROWS = [{"name": "a", "nodes": "12"}, {"name": "long,er", "nodes": ""}]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("table", "NAME     NODES\na        12\nlong,er\n"),
        ("csv", 'name,nodes\na,12\n"long,er",\n'),
    ],
)
def test_rows_are_shown_in_columns(layout: str, expected: str) -> None:
    assert text(ROWS, ("name", "nodes"), layout) == expected


def test_rows_are_shown_to_programs() -> None:
    assert '"name": "long,er"' in text(ROWS, ("name", "nodes"), "json")


def test_no_rows_are_a_heading() -> None:
    assert text([], ("name",), "table") == "NAME\n"
