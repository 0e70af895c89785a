"""Labels: the words that clouds let one search by, made from whatever a script's arguments say.

The grammar is the one that Google Cloud and Kubernetes both accept: lower-case letters, digits,
``_`` and ``-``, at most 63 characters; a key begins with a letter.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NewType

LabelKey = NewType("LabelKey", str)
LabelValue = NewType("LabelValue", str)

MAX_LENGTH: Final = 63

_ILLEGAL: Final = re.compile(r"[^a-z0-9_-]")
_TAG_LENGTH: Final = 8


def label_key(text: str) -> LabelKey:
    """The nearest legal key: periods become underscores, upper case lower, the rest is dropped.

    A key that would be empty, or begin with anything but a letter, gets ``k`` in front.
    """
    cleaned = _clean(text)
    return LabelKey((cleaned if cleaned[:1].isalpha() else f"k{cleaned}")[:MAX_LENGTH])


def label_value(text: str) -> LabelValue:
    """The nearest legal value, by the same rules; it may be empty and begin with anything."""
    return LabelValue(_clean(text)[:MAX_LENGTH])


def labels_of(
    argv: Sequence[str], *, chosen: Mapping[str, str], user: Mapping[str, str]
) -> dict[LabelKey, LabelValue]:
    """The labels of a job: those Caliban chose, over the user's ``--label``, over its arguments.

    Two different names that clean to one key don't merge in silence: the later one gets a tag
    made of its own full text. Of a flag given twice the last value counts, as scripts read it.
    """
    labels: dict[LabelKey, LabelValue] = {}
    named: dict[LabelKey, str] = {}
    for source in (chosen.items(), user.items(), _last_of_each(flag_values(argv))):
        for name, value in source:
            key = label_key(name)
            if key in named and named[key] == name:
                continue
            if key in named:
                key = _tagged(key, name)
            named[key] = name
            labels.setdefault(key, label_value(value))
    return labels


def with_inner_ends(labels: Mapping[LabelKey, LabelValue]) -> dict[LabelKey, LabelValue]:
    """The labels for Kubernetes, where both ends of a key and of a value are letters or digits.

    Keys that become the same that way don't merge: the later one gets a tag.
    """
    trimmed: dict[LabelKey, LabelValue] = {}
    for key, value in labels.items():
        inner = LabelKey(key.strip("-_"))
        trimmed[_tagged(inner, key) if inner in trimmed else inner] = LabelValue(value.strip("-_"))
    return trimmed


def flag_values(argv: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The flags among a script's arguments with their values; a flag without one gives ``""``."""
    name: str | None = None
    for argument in argv:
        if argument.startswith("-") and not _is_number(argument):
            if name is not None:
                yield name, ""
            name, equals, value = argument.lstrip("-").partition("=")
            if equals:
                yield name, value
                name = None
        elif name is not None:
            yield name, argument
            name = None
    if name:
        yield name, ""


def _clean(text: str) -> str:
    return _ILLEGAL.sub("", text.replace(".", "_").lower())


def _last_of_each(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return {name: value for name, value in pairs if name}.items()


def _tagged(key: LabelKey, name: str) -> LabelKey:
    tag = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_TAG_LENGTH]
    return LabelKey(f"{key[: MAX_LENGTH - _TAG_LENGTH - 1]}-{tag}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
