"""The rules of our command lines, which argparse lacks.

Flags are spelled with underscores (hyphens are accepted) and never abbreviated; a mistyped one
gets a suggestion; a value may begin with a hyphen; ``--flagfile`` stands for the words of a file.
"""

import argparse
import difflib
from collections import deque
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from caliban_domain.errors import UsageError
from caliban_expansion.flag_files import Word, read_flag_file

_HELP: Final = ("-h", "--help")
_ANSWERS: Final = ("--helpfull", "--version")
_DEBUG_LEVELS: Final = ("debug", "1")
_LEVELS: Final = ("info", "0", *_DEBUG_LEVELS)


class HelpWanted(Exception):
    """The person asked for a command's help, which is the text that this carries."""


class AnswerWanted(Exception):
    """The person asked the program itself something, by the flag that this carries."""


class Parser(argparse.ArgumentParser):
    """A parser with our rules; ``settled`` prepares what ``parse_args`` takes.

    ``shows_debug`` says, after that, whether the person wants to see what goes on; ``common`` holds
    the flags that every command has.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.shows_debug = False
        self.common: list[argparse.Action] = []
        settings |= {
            "formatter_class": argparse.RawDescriptionHelpFormatter,
            "allow_abbrev": False,
        }
        super().__init__(*args, **settings)

    @property
    def flags(self) -> list[argparse.Action]:
        """The flags, in their order."""
        return [action for action in self._actions if action.option_strings]

    @property
    def own(self) -> list[argparse.Action]:
        """The arguments and flags of this command alone, without help."""
        return [
            action
            for action in self._actions
            if action not in self.common and action.dest != "help"
        ]

    def add_common_flags(self) -> None:
        """Add the flags that every command has. They leave nothing in what is parsed."""
        group = self.add_argument_group("flags of every command")
        level = "info or 0 (the default); debug or 1 tells what goes on inside, too"
        flags: dict[tuple[str, ...], dict[str, Any]] = {
            ("--flagfile",): {"metavar": "FILE", "help": "read flags from a file; repeatable"},
            ("-v", "--verbosity"): {"metavar": "LEVEL", "choices": _LEVELS, "help": level},
            ("--helpfull",): {"action": "store_true", "help": "show the help of every command"},
            ("--version",): {"action": "store_true", "help": "show the version and exit"},
        }
        for names, settings in flags.items():
            action = group.add_argument(*names, default=argparse.SUPPRESS, **settings)
            self.common.append(action)

    def settled(self, words: Iterable[str]) -> list[str]:
        """The words with flag files read, and each flag as documented and joined to its value.

        Raises HelpWanted, AnswerWanted, and UsageError for what isn't understood.
        """
        settled: list[str] = []
        argument: str | None = None
        remaining = deque(map(Word, words))
        while remaining:
            word = remaining.popleft()
            if word.text == "--":
                return [*settled, *(rest.text for rest in (word, *remaining))]
            if word.text in _HELP:
                raise HelpWanted(self.format_help())
            if argument is not None:
                self.check_after_argument(word, argument)
            if is_flag(word.text):
                settled += self._flag(word, remaining)
            else:
                argument = word.text
                settled.append(word.text)
        return settled

    def check_after_argument(self, word: Word, argument: str) -> None:
        """Raises UsageError where the word can't stand behind the argument. Here, any can."""

    def _flag(self, word: Word, remaining: deque[Word]) -> Iterable[str]:
        written, equals, attached = word.text.partition("=")
        name = documented(written)
        action = self._action(name, written, word)
        if action.nargs == 0:
            if equals:
                raise self.mistake(word, f"{name} takes no value")
            if name in _ANSWERS:
                raise AnswerWanted(name)
            return [name]
        value = attached if equals else self._value(name, word, remaining)
        self._check(action, value, word)
        if action.dest == "flagfile":
            remaining.extendleft(reversed(read_flag_file(value, word)))
        elif action.dest == "verbosity":
            self.shows_debug = value in _DEBUG_LEVELS
        else:
            return [f"{name}={value}"]
        return []

    def _action(self, name: str, written: str, word: Word) -> argparse.Action:
        known = {name: action for action in self.flags for name in action.option_strings}
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, n=1)
        suggestion = f"; did you mean {near[0]}?" if near else ""
        raise self.mistake(word, f"{self.prog} has no flag {written}{suggestion}")

    def _value(self, name: str, word: Word, remaining: deque[Word]) -> str:
        known = {name for action in self.flags for name in action.option_strings}
        following = remaining[0] if remaining else None
        # What follows a flag file isn't the value of its last flag.
        if (
            following is None
            or following.files != word.files
            or following.text == "--"
            or documented(following.text) in known
        ):
            raise self.mistake(word, f"{name} needs a value")
        return remaining.popleft().text

    def _check(self, action: argparse.Action, value: str, word: Word) -> None:
        """As argparse will do it, but here it is known where the value stands."""
        try:
            self._check_value(action, self._get_value(action, value))
        except argparse.ArgumentError as error:
            raise self.mistake(word, str(error).removeprefix("argument ")) from error

    def mistake(self, word: Word, message: str) -> UsageError:
        """What is wrong with a word, and where it stands."""
        return UsageError(f"{word.place}{message}", hint=f"{self.prog} --help shows what there is")

    def error(self, message: str) -> NoReturn:
        raise self.mistake(Word(""), message.removeprefix("argument "))


def is_flag(word: str) -> bool:
    """Whether a word is a flag by its looks."""
    return word.startswith("-") and word != "-"


def documented(written: str) -> str:
    """A flag as it is documented: with underscores."""
    return "--" + written[2:].replace("-", "_") if written.startswith("--") else written
