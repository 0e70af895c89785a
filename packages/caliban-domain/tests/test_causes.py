"""The end of a log tells what went wrong, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.causes import ENOUGH, Cause, cause_of, ending

TRACEBACK = """\
Traceback (most recent call last):
  File "/usr/app/train.py", line 40, in <module>
    main()
  File "/usr/app/trainer/loop.py", line 12, in step
    loss.backward()
    ~~~~~~~~~~~~~^^
  File "/opt/venv/lib/python3.12/site-packages/torch/_tensor.py", line 525, in backward
    torch.autograd.backward(self)
RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB
"""


def told(log: str) -> str | None:
    cause = cause_of(log)
    return None if cause is None else str(cause)


def found(log: str) -> Cause:
    cause = cause_of(log)
    assert cause is not None
    return cause


def test_a_traceback_tells_its_error_and_the_last_place_in_ones_own_code() -> None:
    assert told(f"epoch 1\n{TRACEBACK}") == (
        "at loop.py line 12: RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB"
    )


def test_what_a_library_says_afterwards_does_not_hide_it() -> None:
    assert told(f"{TRACEBACK}uploading 3 files\ndone\n") == told(TRACEBACK)


@pytest.mark.parametrize("error", ["RuntimeError: no", "zlib.error: -3", "AssertionError"])
@pytest.mark.parametrize("place", [1, 3, 8])
def test_what_came_from_the_other_stream_in_between_does_not_hide_it(
    error: str, place: int
) -> None:
    lines = [*TRACEBACK.splitlines()[:-1], error]
    between = [*lines[:place], "epoch 3 of 10", *lines[place:]]
    assert told("\n".join(between)) == told("\n".join(lines))
    assert (told("\n".join(lines)) or "").endswith(error)


def test_an_error_that_does_not_look_like_one_is_what_comes_first() -> None:
    unnamed = TRACEBACK.partition("RuntimeError")[0]
    assert told(f"{unnamed}Overheated\nuploading 3 files") == "at loop.py line 12: Overheated"


def test_of_several_tracebacks_the_last_counts() -> None:
    first = TRACEBACK.replace("RuntimeError", "KeyError")
    during = "\nDuring handling of the above exception, another exception occurred:\n\n"
    assert told(first + during + TRACEBACK) == told(TRACEBACK)


def test_a_launcher_may_put_a_prefix_before_every_line() -> None:
    prefixed = "".join(f"[rank0]: {line}\n" for line in TRACEBACK.splitlines())
    assert told(prefixed) == told(TRACEBACK)


def test_a_traceback_of_library_code_alone_tells_its_last_line() -> None:
    log = TRACEBACK.replace("/usr/app/", "/opt/venv/lib/python3.12/site-packages/")
    assert found(log).where == "_tensor.py line 525"


@pytest.mark.parametrize(
    "log", ["Traceback (most recent call last):\n", TRACEBACK.partition("RuntimeError")[0]]
)
def test_a_traceback_that_breaks_off_tells_its_last_line(log: str) -> None:
    assert found(log).where is None
    assert found(log).what == log.splitlines()[-1].strip()


def test_a_syntax_error_has_a_place_too() -> None:
    log = """\
Traceback (most recent call last):
  File "/usr/app/train.py", line 3
    def (
        ^
SyntaxError: invalid syntax
"""
    assert told(log) == "at train.py line 3: SyntaxError: invalid syntax"


@pytest.mark.parametrize(
    ("log", "what"),
    [
        ("first\nSegmentation fault\n\n  \n", "Segmentation fault"),
        ("10%\r20%\r30%", "30%"),
        ("\x1b[31merror:\x1b[0m no data\x07", "error: no data"),
        ("x" * 500, "x" * 197 + "..."),
    ],
)
def test_without_a_traceback_the_last_line_counts(log: str, what: str) -> None:
    assert told(log) == f"and wrote last: {what}"


@pytest.mark.parametrize("log", ["", "\n\n", "\x1b[0m\n"])
def test_a_log_that_says_nothing_tells_no_cause(log: str) -> None:
    assert cause_of(log) is None


def test_failures_in_other_functions_differ() -> None:
    assert found(TRACEBACK).key != found(TRACEBACK.replace("in step", "in stop")).key
    assert found(TRACEBACK).key != found(TRACEBACK.replace("CUDA", "CPU")).key


PIECES = st.lists(st.binary(max_size=40) | st.integers(1, ENOUGH * 2).map(bytes), max_size=20)


@given(pieces=PIECES)
def test_the_end_of_a_log_is_enough_of_it_in_whatever_pieces_it_comes(pieces: list[bytes]) -> None:
    whole, end = b"".join(pieces), ending(pieces)
    assert whole.endswith(end)
    assert len(end) >= min(len(whole), ENOUGH)
    assert len(end) < ENOUGH + max(map(len, pieces), default=1)


def test_a_cause_is_found_in_a_log_that_comes_in_lines() -> None:
    log = f"{TRACEBACK}uploading\ndone\n".encode().splitlines(keepends=True)
    assert told(ending(log).decode()) == told(TRACEBACK)
