"""Flags as dataclasses: one class for each command, turned into a parser by argparse-dataclass.

The rules that it lacks are added here: flags spelled with underscores (hyphens are accepted),
flags that can be repeated, no abbreviations, suggestions for a mistyped flag, caliban's flags
before the module, and everything after ``--`` untouched.
"""

import argparse
import difflib
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final, Generic, NoReturn, TypeVar

import argparse_dataclass

from caliban_domain.errors import UsageError

Args = TypeVar("Args")

_HELP: Final = ("-h", "--help")


@dataclass(frozen=True, kw_only=True, slots=True)
class Manual:
    """What a command's help says besides its flags, and whether it runs a script."""

    command: str
    summary: str
    examples: str
    runs_script: bool = False


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Args]):
    """A command line: the command's own arguments, and those after ``--`` for the script."""

    args: Args
    script_args: tuple[str, ...]


class HelpWanted(Exception):
    """The person asked for a command's help, which is the text that this carries."""


def value(
    *names: str,
    about: str,
    kind: Callable[[str], object] = str,
    default: object = None,
    metavar: str | None = None,
    choices: Sequence[str] | None = None,
) -> Any:
    """A flag that takes a value, or a positional argument if its name has no hyphens."""
    metadata = {"args": list(names), "help": about, "type": kind, "metavar": metavar}
    required = not names[0].startswith("-")
    return field(default=MISSING if required else default, metadata=metadata | {"choices": choices})


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

    Raises HelpWanted where help is asked for, UsageError for what isn't understood.
    """
    own, script_args = _split(argv)
    if script_args and not manual.runs_script:
        raise UsageError(
            f"caliban {manual.command} runs no script, so it takes no arguments for one",
            hint="leave out -- and what follows",
        )
    parser = _Parser(kind, manual)
    words = _ordered(own, _Flags(kind, manual), parser)
    return Parsed(parser.parse_args(words), script_args)


class _Parser(argparse_dataclass.ArgumentParser[Args]):  # type: ignore[misc]  # it has no types
    def __init__(self, kind: type[Args], manual: Manual) -> None:
        self._repeated = {spec.name for spec in _fields(kind) if "repeats" in spec.metadata}
        super().__init__(
            kind,
            prog=f"caliban {manual.command}",
            usage=_usage(kind, manual),
            description=manual.summary,
            epilog=f"examples:\n{manual.examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        if settings.get("dest") in self._repeated:
            settings |= {"action": "append", "default": []}
        action: argparse.Action = super().add_argument(*names, **settings)
        return action

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            message.removeprefix("argument "), hint=f"{self.prog} --help shows what there is"
        )


class _Flags:
    """The flags that a command knows, under all their spellings."""

    def __init__(self, kind: type[Any], manual: Manual) -> None:
        self.manual = manual
        specs = [spec for spec in _fields(kind) if _is_flag(spec.metadata["args"][0])]
        self.switches = {
            name for spec in specs if "switch" in spec.metadata for name in spec.metadata["args"]
        }
        self.all = {name for spec in specs for name in spec.metadata["args"]}

    def canonical(self, written: str) -> str:
        """The flag as it is documented. Raises UsageError for one that doesn't exist."""
        name = _documented(written)
        if name in self.all:
            return name
        near = difflib.get_close_matches(name, self.all | set(_HELP), n=1)
        raise UsageError(
            f"caliban {self.manual.command} has no flag {written}"
            + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"caliban {self.manual.command} --help shows what there is",
        )


def _usage(kind: type[Any], manual: Manual) -> str:
    names = (spec.metadata["args"][0] for spec in _fields(kind))
    arguments = " ".join(name for name in names if not _is_flag(name))
    script = " [-- arguments of the script]" if manual.runs_script else ""
    return f"caliban {manual.command} [flags] {arguments}".rstrip() + script


def _fields(kind: type[Any]) -> Any:
    return fields(kind)


def _is_flag(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _documented(written: str) -> str:
    return "--" + written[2:].replace("-", "_") if written.startswith("--") else written


def _split(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words before the first ``--``, and those after it."""
    if "--" not in argv:
        return list(argv), ()
    at = argv.index("--")
    return list(argv[:at]), tuple(argv[at + 1 :])


def _ordered(words: list[str], flags: _Flags, parser: _Parser[Any]) -> list[str]:
    """The words with each flag as it is documented and joined to its value, ready for argparse.

    argparse alone would take a value that begins with a hyphen for a flag.
    """
    ordered: list[str] = []
    module: str | None = None
    remaining = iter(words)
    for word in remaining:
        if word in _HELP:
            raise HelpWanted(parser.format_help())
        if module is not None and (flags.manual.runs_script or not _is_flag(word)):
            raise _after_module(word, module, flags)
        if not _is_flag(word):
            module = word
            ordered.append(word)
            continue
        written, equals, attached = word.partition("=")
        name = flags.canonical(written)
        if name in flags.switches:
            if equals:
                raise UsageError(f"{name} takes no value")
            ordered.append(name)
        else:
            ordered.append(f"{name}={attached if equals else _value_of(name, remaining, flags)}")
    return ordered


def _value_of(name: str, remaining: Any, flags: _Flags) -> str:
    word: str | None = next(remaining, None)
    if word is None or word in _HELP or _documented(word) in flags.all:
        raise UsageError(f"{name} needs a value")
    return word


def _after_module(word: str, module: str, flags: _Flags) -> UsageError:
    command = flags.manual.command
    if not flags.manual.runs_script:
        return UsageError(
            f"{word!r} stands after {module!r}, which is the last argument",
            hint=f"caliban {command} --help shows what there is",
        )
    if _is_flag(word):
        return UsageError(
            f"{word} stands after {module}",
            hint=f"caliban's flags come first, the script's after --: "
            f"caliban {command} [flags] {module} -- [arguments of the script]",
        )
    return UsageError(
        f"{word!r} is one argument too many",
        hint=f"arguments of the script come after --: caliban {command} {module} -- {word}",
    )
