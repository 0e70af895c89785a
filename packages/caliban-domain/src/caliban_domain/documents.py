"""JSON as people write it: with comments and trailing commas, and a line for each key."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from caliban_domain.errors import BadDocument

Path = tuple[str | int, ...]
"""The keys and the indexes that lead to a value."""

ONCE: Final = "give each key once"
"""What to do about a key that one object holds twice."""

LineFinder = Callable[[], Mapping[Path, list[int]]]

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"'
_STRING_OR_COMMENT: Final = re.compile(rf"{_STRING}|(?:#|//)[^\n]*")
_STRING_OR_TRAILING_COMMA: Final = re.compile(rf"{_STRING}|(?<=[^\s\[{{,:])(\s*),(?=\s*[\]}}])")
_STRING_OR_CONSTANT: Final = re.compile(rf"{_STRING}|\bNaN\b|-?\bInfinity\b")
_COLON: Final = re.compile(r"\s*:")
_TOKEN: Final = re.compile(rf"{_STRING}|[{{}}\[\],:]|[^\s{{}}\[\],:\"]+")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at one place of a document."""

    path: Path
    what: str


def told(mistakes: Iterable[Mistake], source: str, lines: Mapping[Path, list[int]]) -> str:
    """A line for each mistake: source, line where it is known, key, and what is wrong with it."""
    return "\n".join(_told(mistake, source, lines) for mistake in mistakes)


def decode(data: bytes, source: str) -> str:
    """The text of a file read as UTF-8, with or without a byte order mark.

    Raises BadDocument where the bytes are not UTF-8 text, or hold nothing but white space.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadDocument(
            f"{source}:{line}: byte {error.start + 1} is not UTF-8 text",
            hint="the file must be text encoded as UTF-8",
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadDocument(
            f"{source}:{line}: holds a NUL byte, so it is a binary file",
            hint="the file must be text encoded as UTF-8",
        )
    if not text.strip():
        raise BadDocument(f"{source}: is empty", hint='the least that is valid is "{}"')
    return text


def parse_json(text: str, source: str) -> object:
    """The value of a JSON text in which ``#`` and ``//`` comments and trailing commas are allowed.

    ``source`` is the name of the text in error messages. Raises BadDocument with line and column
    for broken JSON, and with the line for a key that one object holds twice.
    """
    document, repeated = read_json(text, source)
    if repeated:
        raise BadDocument("\n".join(repeated), hint=ONCE)
    return document


def read_json(text: str, source: str) -> tuple[object, list[str]]:
    """The same, and a line for each key that one object holds twice, of which the last counts.

    Raises BadDocument with line and column for broken JSON.
    """
    document, repeats = _load(text, source)
    return document, _repeated_keys(text, source) if repeats else []


def written(value: object) -> str:
    """A value that is complained about, as its document has it; a string in single quotes."""
    return repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def key_lines(text: str) -> dict[Path, list[int]]:
    """Where each key and each list item of a valid JSON text stands: its path -> its lines.

    More than one line means that an object holds the key more than once.
    """
    lines: dict[Path, list[int]] = {}
    line, counted_to = 1, 0
    for path, offset in _places(_without_comments(text)):
        line += text.count("\n", counted_to, offset)
        counted_to = offset
        lines.setdefault(path, []).append(line)
    return lines


def _told(mistake: Mistake, source: str, lines: Mapping[Path, list[int]]) -> str:
    path = mistake.path
    while path and path not in lines:
        path = path[:-1]
    place = f"{source}:{lines[path][-1]}" if path in lines else source
    keys = [part for part in mistake.path if isinstance(part, str)]
    key = f"key {'.'.join(keys)!r}: " if keys else ""
    return f"{place}: {key}{mistake.what}"


def _load(text: str, source: str) -> tuple[object, bool]:
    """The document, and whether any object in it holds a key twice.

    Strict JSON, which programs write and which may be large, is read as it is; only text that
    fails that way pays for the search for comments.
    """
    repeated = False

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) != len(pairs)
        return found

    try:
        try:
            return json.loads(text, object_pairs_hook=members, parse_constant=_refuse), repeated
        except ValueError:
            cleaned = _without_trailing_commas(_without_comments(text))
            _refuse_constants(cleaned, source)
            return json.loads(cleaned, object_pairs_hook=members), repeated
    except json.JSONDecodeError as error:
        raise _broken(error, source) from error
    except RecursionError as error:
        raise BadDocument(f"{source}: lists or objects are nested too deeply") from error
    except ValueError as error:
        raise BadDocument(f"{source}: a number has too many digits") from error


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _refuse_constants(text: str, source: str) -> None:
    for found in _STRING_OR_CONSTANT.finditer(text):
        if not found[0].startswith('"'):
            raise BadDocument(
                f"{_place(text, found.start(), source)}: {found[0]} is not a number in JSON",
                hint="write a finite number, or a string",
            )


def _broken(error: json.JSONDecodeError, source: str) -> BadDocument:
    place = f"{source}:{error.lineno}:{error.colno}"
    what = error.msg[0].lower() + error.msg[1:]
    if error.doc[error.pos : error.pos + 1] == "'":
        return BadDocument(
            f"{place}: a single quote", hint='JSON strings stand in double quotes: "like this"'
        )
    return BadDocument(
        f"{place}: {what}", hint="the file must be JSON; # and // comments are allowed"
    )


def _repeated_keys(text: str, source: str) -> list[str]:
    places = key_lines(text)
    outer = {path: lines for path, lines in places.items() if len(places.get(path[:-1], ())) <= 1}
    twice = {path: lines for path, lines in outer.items() if len(lines) > 1}
    found = sorted((lines[1], lines[0], path[-1]) for path, lines in twice.items())
    return [
        f"{source}:{again}: the key {key!r} stands here again, first in line {first}"
        for again, first, key in found
    ]


def _place(text: str, offset: int, source: str) -> str:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return f"{source}:{line}:{column}"


def _without_comments(text: str) -> str:
    return _blank(text, _STRING_OR_COMMENT, lambda found: not found[0].startswith('"'))


def _without_trailing_commas(text: str) -> str:
    return _blank(text, _STRING_OR_TRAILING_COMMA, lambda found: found[0].endswith(","))


def _blank(text: str, pattern: re.Pattern[str], is_noise: Callable[[re.Match[str]], bool]) -> str:
    """The text with noise turned into white space, so that all else keeps its line and column."""

    def replacement(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0]) if is_noise(found) else found[0]

    return pattern.sub(replacement, text)


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Each key's and each list item's path and offset, in the order of the text."""
    path: list[str | int] = []
    expects_value_of_list = False
    for token in _TOKEN.finditer(text):
        symbol = token[0]
        if expects_value_of_list and symbol not in "],":
            yield tuple(path), token.start()
        expects_value_of_list = False
        if symbol == "{":
            path.append("")
        elif symbol == "[":
            path.append(0)
            expects_value_of_list = True
        elif symbol in "}]":
            path.pop()
        elif symbol == ",":
            if isinstance(path[-1], int):
                path[-1] += 1
                expects_value_of_list = True
            else:
                path[-1] = ""
        elif symbol.startswith('"') and _COLON.match(text, token.end()):
            path[-1] = json.loads(symbol, strict=False)
            yield tuple(path), token.start()
