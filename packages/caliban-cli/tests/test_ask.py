"""A question needs somebody to answer it."""

import io
import sys

import pytest

from caliban_cli.ask import agreed, require_somebody_to_ask
from caliban_domain.errors import UsageError


# Python has no standard input where it was closed before.
@pytest.mark.parametrize("stdin", [io.StringIO("y\n"), None])
def test_a_pipe_is_nobody(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(UsageError, match="caliban stop asks before it acts"):
        require_somebody_to_ask("stop")


@pytest.mark.parametrize(
    ("typed", "agrees"),
    [("y", True), (" YES \n", True), ("", False), ("\n", False), ("no\n", False), ("yep\n", False)],
)
def test_only_a_yes_is_a_yes(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    agrees: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert agreed("do you wish to go on?") is agrees
    left_open = "" if typed.endswith("\n") else "\n"
    assert capsys.readouterr().out == f"do you wish to go on? [yN]: {left_open}"


class Interrupting:
    def readline(self) -> str:
        raise KeyboardInterrupt


def test_an_interrupt_is_no_answer_and_ends_the_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Interrupting())
    with pytest.raises(KeyboardInterrupt):
        agreed("do you wish to go on?")
    assert capsys.readouterr().out == "do you wish to go on? [yN]: \n"
