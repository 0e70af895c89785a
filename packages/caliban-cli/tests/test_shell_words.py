"""A command is one printable line, and bash reads the same words from it."""

from base64 import b64decode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caliban_cli.shell_words import shell_line

from .conftest import Bash

WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["train.py", "--rate", "0.1"], "train.py --rate 0.1"),
        (["a b", "", "it's"], "'a b' '' 'it'\"'\"'s'"),
        (["größe"], "'größe'"),
        (["two\nlines"], r"$'two\nlines'"),
        (["\x1b[31mred's \\"], r"$'\x1b[31mred\'s \\'"),
        (["a\u2028b\U000e0001"], r"$'a\u2028b\U000e0001'"),
    ],
)
def test_a_command_is_quoted(words: list[str], line: str) -> None:
    assert shell_line(words) == line


@given(words=st.lists(WORD))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bash_reads_what_was_written(words: list[str], bash: Bash) -> None:
    line = shell_line(words)
    assert line.isprintable()
    # The name of a locale that every system has, for the characters beyond ASCII.
    read = bash(f"export LC_ALL=C.UTF-8; printf '%s\\0' x {line} | base64 --wrap=0")
    assert b64decode(read.stdout).decode().split("\0")[1:-1] == words
