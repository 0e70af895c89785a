"""Every failure has an exit code that a script can rely on, and says what to do about it."""

import re
from collections.abc import Iterator

import pytest

from caliban_domain import errors
from caliban_domain.errors import CalibanError

CODES = {
    "CalibanError": 1,
    "UsageError": 2,
    "BadDocument": 2,
    "BadSweep": 2,
    "BadProjectConfig": 2,
    "BadEntrypoint": 2,
    "BadDirectory": 2,
    "UnsupportedAccelerator": 2,
    "UnknownGroup": 2,
    "UnknownJob": 2,
    "NothingToDo": 3,
    "ImageBuildFailed": 4,
    "PlatformError": 5,
    "SubmissionRejected": 5,
    "PlatformUnavailable": 5,
    "HistoryUnavailable": 6,
    "HistoryNotWritable": 6,
    "JobsFailed": 7,
}


def kinds(kind: type[CalibanError] = CalibanError, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Every error of the domain with its depth in the tree, parents first."""
    yield depth, kind.__name__
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from kinds(child, depth + 1)


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_a_failure_ends_the_command_with_its_code(name: str, code: int) -> None:
    kind: type[CalibanError] = getattr(errors, name)
    assert kind("no").exit_code == code


def test_no_error_lacks_a_code_here() -> None:
    assert {name for _, name in kinds()} == set(CODES)


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"^ {4}([│├└ ]*)(\w+)", errors.__doc__ or "", re.MULTILINE)
    assert [(len(branches) // 2, name) for branches, name in drawn] == list(kinds())


def test_an_error_reads_as_its_message() -> None:
    assert str(errors.BadSweep("e.json:3: no", hint="write yes")) == "e.json:3: no"


def test_an_error_keeps_message_and_hint_apart() -> None:
    error = errors.PlatformUnavailable("the engine doesn't answer", hint="start it")
    assert (error.message, error.hint) == ("the engine doesn't answer", "start it")


def test_a_hint_is_optional() -> None:
    assert errors.JobsFailed("1 of 3 jobs failed").hint is None
