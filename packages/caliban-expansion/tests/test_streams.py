"""Processes whose standard streams are closed."""

import pytest

from .conftest import Bash

# What a process opens first gets the lowest number that is free.
OPENS = """\
import os, sys
from caliban_expansion import streams
streams.prepare()
opened = os.open("opened", os.O_CREAT | os.O_RDWR)
print("to nobody"); print("to nobody", file=sys.stderr, flush=True)
sys.stdout.flush()
sys.exit(opened if os.fstat(opened).st_size == 0 else 99)
"""


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_never_taken_by_a_file(bash: Bash, closed: str) -> None:
    assert bash(f'"$PYTHON" opens.py {closed}', {"opens.py": OPENS}).exit_code >= 3


@pytest.mark.parametrize("words", ["--help", "--version", "a.json", "--count a.json"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_the_command_works_with_a_closed_stream(bash: Bash, words: str, closed: str) -> None:
    finished = bash(f"expansion {words} {closed}", {"a.json": '{"a": [1, 2]}'})
    assert (finished.exit_code, finished.stderr) == (0, "")
