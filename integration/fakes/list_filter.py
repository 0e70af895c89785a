"""The filters of Google's lists: comparisons joined by AND, OR, NOT and parentheses.

NOT binds first, then OR, then AND, as in AIP-160 and in Cloud Logging's query language. Comparisons
without a word between them, a minus sign for NOT and bare words to search for are refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Predicate = Callable[[Mapping[str, Any]], bool]

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>[()])
        | (?P<operator>!=|<=|>=|=|<|>|:)
        | "(?P<quoted>(?:[^"\\]|\\.)*)"
        | (?P<word>[^\s()"=<>!:]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"AND", "OR", "NOT"}


class BadFilter(Exception):
    """A filter that Google would not understand."""


@dataclass(frozen=True)
class Comparison:
    """One field, how it should compare, and with what."""

    field: str
    operator: str
    value: str

    def must_use(self, *operators: str) -> None:
        """Raises BadFilter unless the field can be compared so."""
        if self.operator not in operators:
            raise BadFilter(f"'{self.field}' doesn't support '{self.operator}'")


def read_filter(text: str, meaning: Callable[[Comparison], Predicate]) -> Predicate:
    """What a filter says; an empty one says yes to all.

    Args:
        text: the filter.
        meaning: what one comparison says, or BadFilter.

    Raises:
        BadFilter: the text isn't a filter.
    """
    tokens = _tokens(text)
    if not tokens:
        return lambda _resource: True
    parser = _Parser(tokens, meaning)
    predicate = parser.conjunction()
    parser.expect_end()
    return predicate


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position, end)
        if not found or not found.lastgroup:
            raise BadFilter(f"can't read {text[position:]!r}")
        kind, value = found.lastgroup, found[found.lastgroup]
        if kind == "word" and value in _WORDS:
            kind = "mark"
        tokens.append((kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value))
        position = found.end()
    return tokens


class _Parser:
    def __init__(
        self, tokens: list[tuple[str, str]], meaning: Callable[[Comparison], Predicate]
    ) -> None:
        self._tokens = tokens
        self._meaning = meaning
        self._next = 0

    def conjunction(self) -> Predicate:
        terms = [self._disjunction()]
        while self._skip("AND"):
            terms.append(self._disjunction())
        return lambda resource: all(term(resource) for term in terms)

    def expect_end(self) -> None:
        if self._next < len(self._tokens):
            raise BadFilter(f"'{self._tokens[self._next][1]}' isn't expected here")

    def _disjunction(self) -> Predicate:
        terms = [self._term()]
        while self._skip("OR"):
            terms.append(self._term())
        return lambda resource: any(term(resource) for term in terms)

    def _term(self) -> Predicate:
        if self._skip("NOT"):
            inner = self._term()
            return lambda resource: not inner(resource)
        if self._skip("("):
            inside = self.conjunction()
            if not self._skip(")"):
                raise BadFilter("a parenthesis isn't closed")
            return inside
        field = self._take("word")
        operator = self._take("operator")
        return self._meaning(Comparison(field, operator, self._take("word", "quoted")))

    def _skip(self, mark: str) -> bool:
        found = self._tokens[self._next : self._next + 1] == [("mark", mark)]
        self._next += found
        return found

    def _take(self, *kinds: str) -> str:
        if self._next >= len(self._tokens):
            raise BadFilter("the filter ends too early")
        kind, value = self._tokens[self._next]
        if kind not in kinds:
            raise BadFilter(f"'{value}' isn't expected here")
        self._next += 1
        return value
