"""Rows of words as text: columns that people read, and the formats that programs read."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

Row = Mapping[str, str]


def _table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    cells = [[name.upper() for name in columns], *([row[name] for name in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in cells
    )


def _json(rows: Sequence[Row], _: Sequence[str]) -> str:
    return json.dumps(list(rows), indent=2) + "\n"


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


FORMATS: Final[Mapping[str, Callable[[Sequence[Row], Sequence[str]], str]]] = {
    "table": _table,
    "json": _json,
    "csv": _csv,
}


def text(rows: Iterable[Row], columns: Sequence[str], layout: str) -> str:
    """The rows, each with the columns, in one of the ``FORMATS``."""
    return FORMATS[layout](list(rows), columns)
