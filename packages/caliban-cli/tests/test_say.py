"""Progress goes to stderr, so that pipes carry answers only."""

import pytest

from caliban_cli.say import say


def test_what_is_said_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("building")
    assert capsys.readouterr() == ("", "building\n")
