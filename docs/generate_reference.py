"""Write reference/commands.md from the parsers of the commands.

With ``--print`` the page goes to standard output; a test compares it with the committed one.
The flags come from the parsers rather than their help, which every Python lays out differently.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from caliban_cli.command_tree import SUMMARIES, command_module
from caliban_cli.main import usage
from caliban_cli.options import parser_of
from caliban_expansion.command_line import Parser
from caliban_expansion.main import parser_of_expansion

PAGE: Final = Path(__file__).parent / "reference" / "commands.md"

_RUNS_A_SCRIPT: Final = {"caliban cloud", "caliban cluster job submit", "caliban run"}

_OPENING: Final = """\
<!-- Made by docs/generate_reference.py from the commands' parsers: change those, then run it. -->

# Commands

The flags of `caliban` come before the module. They can be written with hyphens instead of
underscores (`--dry-run`) and joined to their value (`--parallel=2`), and can't be shortened. What
a command was asked for goes to standard output, what it says of its progress to standard error.

## caliban
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_OPENING, _text(usage())]
    for name in SUMMARIES:
        command = command_module(name)
        parts += _command(parser_of(command.Args, command.MANUAL))
    expansion = parser_of_expansion()
    parts += _command(expansion)
    parts += ["## Flags of every command\n", *_table(expansion.common)]
    return "\n".join(parts)


def _command(parser: Parser) -> Iterator[str]:
    yield f"## {parser.prog}\n"
    yield f"{parser.description}\n"
    yield _text(_usage(parser.prog, parser.own))
    yield from _table(parser.own)
    yield _text(parser.epilog or "")


def _table(actions: Sequence[argparse.Action]) -> Iterator[str]:
    yield "| argument | what it does |\n| --- | --- |"
    yield from (f"| {_spelling(action)} | {_cell(str(action.help))} |" for action in actions)
    yield ""


def _usage(prog: str, actions: Sequence[argparse.Action]) -> str:
    positional = [action.dest for action in actions if not action.option_strings]
    script_arguments = ["[-- arguments of the script]"] if prog in _RUNS_A_SCRIPT else []
    return " ".join([prog, "[flags]", *positional, *script_arguments])


def _spelling(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {action.metavar or '|'.join(action.choices or ())}"
    names = action.option_strings or [action.dest]
    return ", ".join(f"`{_cell(name + value).strip()}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _text(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page())
