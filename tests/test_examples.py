"""The examples of the pages and of every ``--help`` are taken by the commands as they are.

What only plans does so here, in a project that has the files which it names: ``--dry_run`` is added
where there is one, and ``expansion`` expands. Of the other commands the words are understood.
Console blocks, which show what is printed, are run by test_docs.
"""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from caliban_cli import command_tree
from caliban_cli.command_tree import SUMMARIES, command_module
from caliban_cli.main import main
from caliban_cli.options import parse
from caliban_expansion.main import main as expansion

REPOSITORY: Final = Path(__file__).parent.parent
PAGES: Final = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "packages/*/README.md", "tutorials/**/*.md")
    for page in REPOSITORY.glob(pattern)
    if "_build" not in page.parts and page.name != "CHANGELOG.md"
)
_SHELL: Final = re.compile(r"^```(?:sh|bash)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCE: Final = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_INDENTED: Final = re.compile(r"^(?: {4}.*\n)+", re.MULTILINE)
_ENDS: Final = re.compile(r"[|&;<>()]+")
_CALL: Final = re.compile(r"(?:^|[|&;(])\s*(?:caliban|expansion) ")
_MADE: Final = {".py": "", ".sh": "", ".json": '{"rate": [0.1, 0.2]}', ".flags": ""}
_GOOGLE: Final = {
    "PROJECT_ID": "my-project",
    "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
    "NO_GCE_CHECK": "true",
}

Words = tuple[str, ...]


def commands(text: str) -> Iterator[Words]:
    """The calls of our programs in lines of shell, without what stands before and after them."""
    for line in filter(_CALL.search, text.replace("\\\n", " ").splitlines()):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in (*lexer, "|"):
            if not _ENDS.fullmatch(word):
                words.append(word)
                continue
            if words[:1] in (["caliban"], ["expansion"]):
                yield tuple(words)
            words = []


def of_page(page: Path) -> Iterator[Words]:
    text = page.read_text()
    indented = _INDENTED.findall(_FENCE.sub("", text))
    for block in (*_SHELL.findall(text), *indented):
        yield from commands(block)


def of_help(name: str) -> Iterator[Words]:
    """The examples end where the exit codes begin; a line beneath one says what it is for."""
    examples = command_module(name).MANUAL.examples.partition("exit codes:")[0]
    lines = (line.strip() for line in examples.splitlines())
    yield from commands("\n".join(line for line in lines if line.startswith("caliban ")))


EXAMPLES: Final = [
    *(pytest.param(words, id=shlex.join(words)) for page in PAGES for words in of_page(page)),
    *(pytest.param(words, id=shlex.join(words)) for name in SUMMARIES for words in of_help(name)),
]


@pytest.mark.parametrize("words", EXAMPLES)
def test_an_example_is_taken_as_it_is(
    words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in _GOOGLE.items():
        monkeypatch.setenv(name, value)
    _make_what_is_named(words, tmp_path)
    program, *rest = words
    if program == "expansion":
        monkeypatch.setattr("sys.argv", words)
        assert expansion() == 0
    elif "--export" not in rest and (planned := _planned(rest)):
        assert main(planned) == 0, capsys.readouterr().err
    elif not rest or rest[0].startswith("-"):
        main(rest)
        assert "caliban" in capsys.readouterr().out
    else:
        name, flags = command_tree.find(rest)
        parse(command_module(name).Args, command_module(name).MANUAL, flags)


def _planned(words: list[str]) -> list[str] | None:
    """The command as it only plans, if it can, in a project alone."""
    for name in ("run", "cloud", "cluster job submit"):
        own = name.split()
        if words[: len(own)] == own:
            return [*own, "--dry_run", *words[len(own) :]]
    return None


def _make_what_is_named(words: Words, folder: Path) -> None:
    for before, word in pairwise(words):
        path = folder / word
        if before == "-d":
            path.mkdir()
        elif path.suffix in _MADE and not word.startswith("-"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_MADE[path.suffix])
