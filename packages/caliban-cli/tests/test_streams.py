"""Commands whose standard streams are closed, or can't show every letter."""

from pathlib import Path

import pytest

from .conftest import Bash

# What a command opens first gets the lowest number that is free.
OPENS = """\
import os, sys
from caliban_cli import streams
streams.prepare()
opened = os.open("opened", os.O_CREAT | os.O_RDWR)
print("to nobody"); print("to nobody", file=sys.stderr, flush=True)
sys.stdout.flush()
sys.exit(opened if os.fstat(opened).st_size == 0 else 99)
"""


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_never_taken_by_a_file(bash: Bash, closed: str) -> None:
    assert bash(f'"$PYTHON" opens.py {closed}', {"opens.py": OPENS}).exit_code >= 3


@pytest.mark.parametrize("words", ["--help", "--version", "status", "run --help"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_works_with_a_closed_stream(bash: Bash, words: str, closed: str) -> None:
    finished = bash(f"caliban {words} {closed}")
    assert (finished.exit_code, finished.stderr) == (0, "")


# Whoever read them is gone: of stdout, of stderr, or of both.
LEFT = """\
import os, sys
from caliban_cli import streams
from caliban_cli.say import say
for number in sys.argv[1]:
    ours, theirs = os.pipe()
    os.dup2(theirs, int(number))
    os.close(ours)
    os.close(theirs)
with streams.readers_may_leave():
    print("to nobody" * 10_000, flush=True)
say("to nobody, or to somebody")
print("to nobody, or to somebody", flush=True)
open("done", "w").close()
"""


@pytest.mark.parametrize(("left", "stdout", "stderr"), [("1", 0, 1), ("2", 2, 0), ("12", 0, 0)])
def test_work_goes_on_when_nobody_reads_of_it_any_more(
    bash: Bash, project: Path, left: str, stdout: int, stderr: int
) -> None:
    finished = bash(f'"$PYTHON" left.py {left}', {"left.py": LEFT})
    assert finished.exit_code == 0
    assert (project / "done").exists()
    assert (finished.stdout.count("\n"), finished.stderr.count("\n")) == (stdout, stderr)


@pytest.mark.parametrize("locale", ["LC_ALL=C", "LC_ALL=POSIX", "PYTHONIOENCODING=ascii"])
def test_letters_that_cannot_be_shown_are_no_failure(bash: Bash, locale: str) -> None:
    line = f"export {locale}; caliban run --nogpu --dry_run --xgroup grüße 'zün dung.py' -- 'ß'"
    finished = bash(line, {"zün dung.py": ""})
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert "would run 1 job in xgroup gr" in finished.stdout


def test_a_name_that_is_no_text_is_told_in_a_line(bash: Bash) -> None:
    finished = bash("caliban run --nogpu --dry_run $'\\xff.py'")
    assert finished.exit_code == 2
    assert "there is no file" in finished.complaint
