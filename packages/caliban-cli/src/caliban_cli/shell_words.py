"""Commands as people read them, and may paste them into a shell."""

import shlex
from collections.abc import Iterable
from typing import Final

_ESCAPED: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ONE_BYTE: Final = 0x80
_FOUR_DIGITS: Final = 0x10000


def shell_line(words: Iterable[str]) -> str:
    """The words of a command, quoted, on one line that holds nothing a terminal would obey.

    A word with such characters is written as ``$'...'``, which bash and zsh read.
    """
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return "$'{}'".format("".join(map(_escaped, word)))


def _escaped(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < _ONE_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _FOUR_DIGITS else f"\\U{code:08x}"
