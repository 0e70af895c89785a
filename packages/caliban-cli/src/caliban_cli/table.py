"""Rows of words as text: columns that people read, and the formats that programs read."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

Row = Mapping[str, str]


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines of cells, as wide as the widest of each column."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in (header, *rows)
    )


def _table(rows: Sequence[Row], names: Sequence[str]) -> str:
    header = [name.upper() for name in names]
    return columns(header, [[row[name] for name in names] for row in rows])


def _json(rows: Sequence[Row], _: Sequence[str]) -> str:
    return json.dumps(list(rows), indent=2) + "\n"


def _csv(rows: Sequence[Row], names: Sequence[str]) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


FORMATS: Final[Mapping[str, Callable[[Sequence[Row], Sequence[str]], str]]] = {
    "table": _table,
    "json": _json,
    "csv": _csv,
}


def text(rows: Iterable[Row], names: Sequence[str], layout: str) -> str:
    """The rows, each with cells of these names, in one of the ``FORMATS``."""
    return FORMATS[layout](list(rows), names)
