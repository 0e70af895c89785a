"""How names, labels and quantities are spelled."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from fakes.kubernetes.statuses import Cause

LONGEST_LABEL: Final = 63
LONGEST_NAME: Final = 253

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*")
_WORD: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_POWERS: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def name_mistakes(field: str, name: str) -> Iterator[Cause]:
    """What keeps a text from being the name of most objects."""
    if len(name) > LONGEST_NAME:
        yield too_long(field, name, LONGEST_NAME)
    if not _SUBDOMAIN.fullmatch(name):
        yield wrong(
            field,
            name,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            "'-' or '.', and must start and end with an alphanumeric character "
            "(e.g. 'example.com', regex used for validation is "
            f"'{_SUBDOMAIN.pattern}')",
        )


def dns_label_mistakes(field: str, name: str) -> Iterator[Cause]:
    """What keeps a text from being the name of a namespace, a container or a host."""
    if len(name) > LONGEST_LABEL:
        yield too_long(field, name, LONGEST_LABEL)
    if not _LABEL.fullmatch(name):
        yield wrong(
            field,
            name,
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
            "'-', and must start and end with an alphanumeric character (e.g. 'my-name',  or "
            f"'123-abc', regex used for validation is '{_LABEL.pattern}')",
        )


def labels_mistakes(field: str, labels: Mapping[str, str] | None) -> Iterator[Cause]:
    for key, value in (labels or {}).items():
        yield from key_mistakes(field, key)
        if len(value) > LONGEST_LABEL:
            yield too_long(field, value, LONGEST_LABEL)
        if value and not _WORD.fullmatch(value):
            yield wrong(
                field,
                value,
                "a valid label must be an empty string or consist of alphanumeric characters, "
                "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
                "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            )


def key_mistakes(field: str, key: str) -> Iterator[Cause]:
    """What keeps a text from being the key of a label or an annotation."""
    prefix, slash, name = key.rpartition("/")
    if slash:
        yield from name_mistakes(field, prefix)
    if len(name) > LONGEST_LABEL:
        yield wrong(field, key, f"name part must be no more than {LONGEST_LABEL} bytes")
    if not _WORD.fullmatch(name):
        yield wrong(
            field,
            key,
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start "
            "and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
            f"'123-abc', regex used for validation is '{_WORD.pattern}')",
        )


def amount(quantity: Any) -> Decimal | None:
    """What a quantity such as ``500m`` or ``2Gi`` is in units; None if it isn't one."""
    found = _QUANTITY.fullmatch(str(quantity))
    if not found:
        return None
    number, unit = Decimal(found[1]), found[2] or ""
    if unit in _BINARY:
        return number * Decimal(1024 ** _BINARY[unit])
    exponent = int(unit[1:]) if unit[:1] in ("e", "E") and unit[1:] else _POWERS.get(unit, 0)
    return number.scaleb(exponent)


def wrong(field: str, value: object, why: str) -> Cause:
    told = f'"{value}"' if isinstance(value, str) else str(value)
    return Cause(field, f"Invalid value: {told}: {why}")


def missing(field: str, why: str = "") -> Cause:
    return Cause(field, f"Required value: {why}".removesuffix(": "), "FieldValueRequired")


def unsupported(field: str, value: object, supported: Iterable[str]) -> Cause:
    offered = ", ".join(f'"{one}"' for one in supported)
    return Cause(
        field,
        f'Unsupported value: "{value}": supported values: {offered}',
        "FieldValueNotSupported",
    )


def forbidden(field: str, why: str) -> Cause:
    return Cause(field, f"Forbidden: {why}", "FieldValueForbidden")


def twice(field: str, value: object) -> Cause:
    return Cause(field, f'Duplicate value: "{value}"', "FieldValueDuplicate")


def too_long(field: str, value: str, most: int) -> Cause:
    return Cause(field, f'Invalid value: "{value}": must be no more than {most} bytes')
