"""Flags as dataclasses: one class for each command, turned into a parser by argparse-dataclass.

What it lacks is added here: flags that can be repeated, caliban's flags before the module, and
everything after ``--`` untouched. The rules of ``command_line`` hold besides.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

import argparse_dataclass

from caliban_domain.errors import UsageError
from caliban_expansion.command_line import Parser, is_flag
from caliban_expansion.flag_files import Word

Args = TypeVar("Args")


@dataclass(frozen=True, kw_only=True, slots=True)
class Manual:
    """What a command's help says besides its flags, and whether it runs a script."""

    command: str
    summary: str
    examples: str
    runs_script: bool = False


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Args]):
    """A command line: the command's own arguments, and those after ``--`` for the script.

    ``shows_debug`` says whether the person wants to see what goes on inside.
    """

    args: Args
    script_args: tuple[str, ...]
    shows_debug: bool = False


def value(
    *names: str,
    about: str,
    kind: Callable[[str], object] = str,
    default: object = None,
    metavar: str | None = None,
    choices: Sequence[str] | None = None,
) -> Any:
    """A flag that takes a value, or a positional argument if its name has no hyphens.

    A positional argument can be left out only if it has a default.
    """
    metadata = {"args": list(names), "help": about, "type": kind, "metavar": metavar}
    metadata["choices"] = choices
    if names[0].startswith("-"):
        return field(default=default, metadata=metadata)
    if default is None:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata | {"nargs": "?"})


def values(*names: str, about: str, metavar: str, kind: Callable[[str], object] = str) -> Any:
    """A flag that takes a value and can be given many times."""
    metadata = {"args": list(names), "help": about, "type": kind, "metavar": metavar}
    return field(default_factory=list, metadata=metadata | {"repeats": True})


def switch(*names: str, about: str) -> Any:
    """A flag that is on when it is given."""
    return field(default=False, metadata={"args": list(names), "help": about, "switch": True})


def whole_number(text: str) -> int:
    """0, 1, 2 and so on; for ``value(kind=...)``."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def positive_number(text: str) -> int:
    """1, 2, 3 and so on; for ``value(kind=...)``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def parse(kind: type[Args], manual: Manual, argv: Sequence[str]) -> Parsed[Args]:
    """The command line as a value of the dataclass ``kind``.

    Raises HelpWanted and AnswerWanted where that is asked for, UsageError for what isn't
    understood.
    """
    own, script_args = _split(argv)
    if script_args and not manual.runs_script:
        raise UsageError(
            f"caliban {manual.command} runs no script, so it takes no arguments for one",
            hint="leave out -- and what follows",
        )
    parser = _Parser(kind, manual)
    args: Any = parser.parse_args(parser.settled(own))
    return Parsed(args, script_args, parser.shows_debug)


def parser_of(kind: type[Any], manual: Manual) -> Parser:
    """The parser of a command, as its help and its completion show it."""
    return _Parser(kind, manual)


class _Parser(argparse_dataclass.ArgumentParser[Args], Parser):  # type: ignore[misc]  # no types
    def __init__(self, kind: type[Args], manual: Manual) -> None:
        self._manual = manual
        self._repeated = {spec.name for spec in _fields(kind) if "repeats" in spec.metadata}
        super().__init__(
            kind,
            prog=f"caliban {manual.command}",
            usage=_usage(kind, manual),
            description=manual.summary,
            epilog=f"examples:\n{manual.examples}",
        )
        self.add_common_flags()

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        if settings.get("dest") in self._repeated:
            settings |= {"action": "append", "default": []}
        action: argparse.Action = super().add_argument(*names, **settings)
        return action

    def check_after_argument(self, word: Word, argument: str) -> None:
        command = self._manual.command
        if not self._manual.runs_script:
            if is_flag(word.text):
                return
            message = f"{word.text!r} stands after {argument!r}, which is the last argument"
            hint = f"caliban {command} --help shows what there is"
        elif is_flag(word.text):
            message = f"{word.text} stands after {argument}"
            hint = (
                "caliban's flags come first, the script's after --: "
                f"caliban {command} [flags] {argument} -- [arguments of the script]"
            )
        else:
            message = f"{word.text!r} is one argument too many"
            hint = (
                "arguments of the script come after --: "
                f"caliban {command} {argument} -- {word.text}"
            )
        raise UsageError(word.place + message, hint=hint)


def _usage(kind: type[Any], manual: Manual) -> str:
    names = (spec.metadata["args"][0] for spec in _fields(kind))
    arguments = " ".join(name for name in names if not is_flag(name))
    script = " [-- arguments of the script]" if manual.runs_script else ""
    return f"caliban {manual.command} [flags] {arguments}".rstrip() + script


def _fields(kind: type[Any]) -> Any:
    return fields(kind)


def _split(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words before the first ``--``, and those after it."""
    if "--" not in argv:
        return list(argv), ()
    at = argv.index("--")
    return list(argv[:at]), tuple(argv[at + 1 :])
