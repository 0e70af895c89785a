"""YAML as an experiment config: the values of JSON in YAML's dress, each key with its line.

YAML 1.1, which PyYAML reads, takes ``no`` for false and ``1e-3`` for a string. A sweep must mean
the same in both dresses, so scalars are told apart as YAML 1.2's core schema does.
"""

import math
import re
from typing import Any, Final

import yaml

from caliban_domain.documents import Path
from caliban_domain.errors import BadDocument

_INT: Final = re.compile(r"[-+]?[0-9]+")
_INT_OF_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: Final = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

_STANDARD_TAG: Final = "tag:yaml.org,2002:"
_ANOTHER: Final = "expected a single document, but found another"


class _Loader(yaml.SafeLoader):
    """Gives a node no tag but the one that is written."""

    def resolve(self, *_: object) -> str:
        return ""


def parse_yaml(text: str, source: str) -> tuple[object, dict[Path, list[int]]]:
    """The document in a YAML text, and the lines of its keys and list items by their paths.

    Raises BadDocument with line and column for broken YAML, a key that one mapping holds twice,
    tags, and an alias inside of its own anchor, which has no end.
    """
    reader = _Reader(source)
    try:
        return reader.value(yaml.compose(text, Loader=_Loader), ()), reader.lines
    except RecursionError as error:
        raise BadDocument(f"{source}: lists or objects are nested too deeply") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        what = str(error.problem).replace("but found another", _ANOTHER)
        raise BadDocument(f"{place}: {what}", hint="the file must be YAML") from error
    except yaml.YAMLError as error:
        raise BadDocument(f"{source}: {error}", hint="the file must be YAML") from error


class _Reader:
    """Turns YAML nodes into plain values and notes where they stand."""

    def __init__(self, source: str) -> None:
        self.lines: dict[Path, list[int]] = {}
        self._source = source
        self._open: set[int] = set()

    def value(self, node: yaml.Node | None, path: Path) -> object:
        self._refuse_tag(node)
        match node:
            case yaml.ScalarNode():
                return self._scalar(node)
            case yaml.SequenceNode() | yaml.MappingNode():
                if id(node) in self._open:
                    raise self._error(node, "an alias stands inside of its own anchor")
                self._open.add(id(node))
                collection = (
                    self._list(node, path)
                    if isinstance(node, yaml.SequenceNode)
                    else self._object(node, path)
                )
                self._open.remove(id(node))
                return collection
            case _:
                return None

    def _list(self, node: yaml.SequenceNode, path: Path) -> list[object]:
        items = []
        for index, item in enumerate(node.value):
            self._note(item, (*path, index))
            items.append(self.value(item, (*path, index)))
        return items

    def _object(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        members: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be a string; put a compound key in quotes")
            self._refuse_tag(key_node)
            key = str(key_node.value)
            if key in members:
                raise self._error(key_node, f"the key {key!r} stands here again")
            self._note(key_node, (*path, key))
            members[key] = self.value(value_node, (*path, key))
        return members

    def _scalar(self, node: yaml.ScalarNode) -> object:
        text: str = node.value
        if node.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return self._number(node, int)
        if _INT_OF_BASE.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            return self._number(node, float)
        if _NOT_FINITE.fullmatch(text):
            return math.nan
        return text

    def _number(self, node: yaml.ScalarNode, kind: Any) -> object:
        try:
            return kind(node.value)
        except ValueError as error:
            raise self._error(node, "a number has too many digits") from error

    def _refuse_tag(self, node: yaml.Node | None) -> None:
        if node and node.tag:
            tag = node.tag.replace(_STANDARD_TAG, "!!")
            raise self._error(node, f"the tag {tag} isn't understood; put text in quotes")

    def _note(self, node: yaml.Node, path: Path) -> None:
        self.lines.setdefault(path, []).append(node.start_mark.line + 1)

    def _error(self, node: yaml.Node, what: str) -> BadDocument:
        mark = node.start_mark
        return BadDocument(f"{self._source}:{mark.line + 1}:{mark.column + 1}: {what}")
