"""Commands whose names have several words, such as ``cluster job submit``."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from caliban_domain.errors import UsageError

_MOST_WORDS: Final = 3


def split(words: Sequence[str], names: Iterable[str]) -> tuple[str, list[str]]:
    """The longest beginning that is a command or begins some, and the words behind it."""
    known = {name for whole in names for name in beginnings(whole)}
    for length in range(min(_MOST_WORDS, len(words)), 0, -1):
        if (name := " ".join(words[:length])) in known:
            return name, list(words[length:])
    return "", list(words)


def beginnings(name: str) -> list[str]:
    """``a b c`` as ``a``, ``a b`` and ``a b c``."""
    words = name.split()
    return [" ".join(words[:length]) for length in range(1, len(words) + 1)]


def usage(group: str, summaries: Mapping[str, str]) -> str:
    """The help of a word that only begins commands."""
    members = {name: text for name, text in summaries.items() if name.startswith(f"{group} ")}
    width = max(map(len, members))
    lines = "\n".join(f"  caliban {name:{width}}  {text}" for name, text in members.items())
    return (
        f"usage: caliban {group} COMMAND ...\n\ncommands:\n{lines}\n\n"
        f"caliban {group} COMMAND --help tells more about a command.\n"
    )


def no_command(group: str, word: str, names: Iterable[str]) -> UsageError:
    """What to say of a word that continues no command."""
    begin = f"{group} "
    known = sorted({name[len(begin) :].split()[0] for name in names if name.startswith(begin)})
    near = get_close_matches(word, known, n=1)
    suggestion = f"; did you mean {near[0]}?" if near else ""
    return UsageError(
        f"there is no command {group} {word}{suggestion}",
        hint=f"caliban {group} --help shows what there is",
    )
