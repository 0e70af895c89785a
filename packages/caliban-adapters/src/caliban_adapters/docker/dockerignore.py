"""What a ``.dockerignore`` keeps out of a build.

The rules are those of https://docs.docker.com/build/concepts/context/#dockerignore-files: of all
patterns that match a path or a directory above it, the last one decides. Docker's versions differ
in corners: before 23 they look at fewer of the directories above where there are exceptions, and
read some letters otherwise. ``Ignore.content`` is therefore spelled so that none of them copies
what we ignore.
"""

import os
import posixpath
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import Final, Self

from caliban_domain.errors import UsageError

FILE_NAME: Final = ".dockerignore"

_GLOB: Final = frozenset("*?[]\\")
_PIECE: Final = r"(?s)\*\*/?|\\.|."
_TRANSLATED: Final = {"*": "[^/]*", "?": "[^/]"} | {one: f"\\{one}" for one in ".+()|{}$"}
_LETTERS: Final = r"\\.|[+(){}|]"
_LETTERS_PLAIN: Final = r"\\.|[+(){}|^]"
_BYTE_ORDER_MARK: Final = "\ufeff"

# One character of a class such as [^a-z\]], as Go's filepath.Match wants it.
_MEMBER: Final = r"(?:\\.|[^\\\]-])"
_WELL_FORMED: Final = rf"(?s)(?:[^\[\\]|\\.|\[\^?(?:{_MEMBER}(?:-{_MEMBER})?)+\])*"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A cleaned pattern of the file; an exception (``!``) takes back what earlier ones ignore."""

    text: str
    is_exception: bool = False


@dataclass(frozen=True)
class Ignore:
    """Decides which paths, relative to the project and with slashes, stay out of a build."""

    patterns: tuple[Pattern, ...] = ()

    def ignores(self, path: str) -> bool:
        """Whether a path is ignored, be it for its own sake or for a directory above it."""
        return self.is_ignored(self.rank_of(path))

    def rank_of(self, path: str) -> int:
        """The last run of patterns that matches the path or a directory above it.

        It is -1 where none does, as for ``""``, the project itself.
        """
        rank = -1
        for name in re.finditer("[^/]+", path):
            rank = self.rank(path[: name.end()], rank)
        return rank

    def rank(self, path: str, above: int = -1) -> int:
        """The same for a path whose directory has the rank ``above``."""
        runs = self._runs
        for number in range(len(runs) - 1, above, -1):
            if runs[number].matches(path):
                return number
        return above

    def is_ignored(self, rank: int) -> bool:
        """Whether paths of this rank are ignored."""
        return rank >= 0 and not self._runs[rank].is_exception

    def may_hold_exceptions(self, directory: str) -> bool:
        """Whether anything below an ignored directory may have to be kept after all."""
        return any(_may_match_below(start, directory) for start in self._exceptions_start_with)

    def extended(self, *patterns: Pattern) -> Self:
        """The same with further patterns, which win over those before them."""
        return replace(self, patterns=(*self.patterns, *patterns))

    @property
    def content(self) -> bytes:
        """The content of a ``.dockerignore`` that every version of Docker reads as we do."""
        below = any(pattern.is_exception for pattern in self.patterns)
        lines = [line for pattern in self.patterns for line in _lines(pattern, below=below)]
        return os.fsencode("".join(f"{line}\n" for line in lines))

    @cached_property
    def _runs(self) -> "tuple[_Run, ...]":
        """The patterns, those of one kind that follow each other taken together."""
        runs: list[list[Pattern]] = []
        for pattern in self.patterns:
            if not runs or runs[-1][0].is_exception != pattern.is_exception:
                runs.append([])
            runs[-1].append(pattern)
        return tuple(_run(run) for run in runs)

    @cached_property
    def _exceptions_start_with(self) -> tuple[str, ...]:
        exceptions = (pattern.text for pattern in self.patterns if pattern.is_exception)
        return tuple(_without_globs(text) for text in exceptions)


@dataclass(frozen=True, slots=True)
class _Run:
    """Patterns of one kind: those that are plain paths, and those that need to be searched for."""

    is_exception: bool
    paths: frozenset[str]
    names: frozenset[str]
    rest: re.Pattern[str] | None

    def matches(self, path: str) -> bool:
        return (
            path in self.paths
            or path[path.rfind("/") + 1 :] in self.names
            or (self.rest is not None and self.rest.fullmatch(path) is not None)
        )


def parse(text: str) -> Ignore:
    """Read the content of a ``.dockerignore``. Raises UsageError for what is no pattern."""
    found = []
    for number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).split("\n"), start=1):
        if line.startswith("#") or not line.strip():
            continue
        pattern = _parse_line(line.strip())
        if not _is_well_formed(pattern.text):
            raise UsageError(
                f"{FILE_NAME} line {number}: {line.strip()} is no pattern that Docker can read",
                hint="a [ needs its ], and a \\ or ! something that follows",
            )
        if not _lies_outside(pattern.text):
            found.append(pattern)
    return Ignore(tuple(found))


def exactly(path: str) -> str:
    """The text of a pattern that matches this path, and next to nothing else."""
    return re.sub(r"\s", "?", re.sub(r"[*?\[\]\\^+(){}|]", r"\\\g<0>", path))


def _parse_line(line: str) -> Pattern:
    is_exception = line.startswith("!")
    text = _cleaned(line[1:] if is_exception else line)
    if text.startswith("!") and not is_exception:
        # Docker looks for the mark once more after it has cleaned "./!a" to "!a".
        is_exception, text = True, text[1:]
    return Pattern(_canonical(text), is_exception)


def _cleaned(text: str) -> str:
    """As Go's filepath.Clean, without a leading slash and without space around it."""
    if not text.strip():
        return ""
    path = posixpath.normpath(re.sub("^/+", "/", text.strip()))
    return (path.removeprefix("/") or path).strip()


def _canonical(text: str) -> str:
    """The spelling that means the same to every version of Docker.

    Before version 23 some letters mean what they do in regular expressions, unless escaped; a ^
    does so everywhere but in plain patterns. And ``**.log`` was no end of a name then.
    """
    is_plain = _GLOB.isdisjoint(text.removeprefix("**").removesuffix("**"))
    if is_plain and text.startswith("**") and not text.endswith("**") and text[2] != "/":
        text = f"**/*{text[2:]}"
    text = re.sub(_LETTERS_PLAIN if is_plain else _LETTERS, _escaped, text)
    return f"\\{text}" if text.startswith("#") else text


def _escaped(letter: re.Match[str]) -> str:
    return letter[0] if len(letter[0]) > 1 else f"\\{letter[0]}"


def _is_well_formed(text: str) -> bool:
    if not text or not re.fullmatch(_WELL_FORMED, text):
        return False
    try:
        _compiled(_expression(text))
    except re.error:
        return False
    return True


def _lies_outside(text: str) -> bool:
    return text in (".", "/", "..") or text.startswith("../")


def _lines(pattern: Pattern, *, below: bool) -> Iterator[str]:
    """A pattern; with ``below`` another one for what lies below, which some versions miss."""
    mark = "!" if pattern.is_exception else ""
    yield f"{mark}{pattern.text}"
    if below and not pattern.text.endswith("**"):
        yield f"{mark}{pattern.text}/**"


def _run(patterns: Iterable[Pattern]) -> _Run:
    paths, names, rest, is_exception = set(), set(), [], False
    for pattern in patterns:
        is_exception = pattern.is_exception
        name = pattern.text.removeprefix("**/")
        if _GLOB.isdisjoint(pattern.text):
            paths.add(pattern.text)
        elif _GLOB.isdisjoint(name) and "/" not in name:
            names.add(name)
        else:
            rest.append(f"(?:{_expression(pattern.text)})")
    return _Run(
        is_exception=is_exception,
        paths=frozenset(paths),
        names=frozenset(names),
        rest=_compiled("|".join(rest)) if rest else None,
    )


def _expression(text: str) -> str:
    """The regular expression that Docker makes of a pattern, a piece at a time."""

    def translated(piece: re.Match[str]) -> str:
        if piece[0].startswith("**"):
            return ".*" if piece.end() == len(text) else "(?:.*/)?"
        return _TRANSLATED.get(piece[0], piece[0])

    return re.sub(_PIECE, translated, text)


def _compiled(expression: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # What a later Python may read otherwise inside of brackets, today it reads as Go does.
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(expression, re.ASCII)


def _without_globs(text: str) -> str:
    """The directories that a pattern names before its first wildcard."""
    if _GLOB.isdisjoint(text):
        return text
    names = text.split("/")
    return "/".join(takewhile(_GLOB.isdisjoint, names))


def _may_match_below(start: str, directory: str) -> bool:
    return not start or f"{start}/".startswith(f"{directory}/") or directory.startswith(f"{start}/")
