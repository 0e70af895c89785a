"""What the docker client's complaints mean, in its own words where they help."""

import pytest

from caliban_adapters.docker.complaints import (
    failed_build,
    failed_pull,
    is_missing_image,
    last_words,
    unavailable,
)
from caliban_domain.errors import ImageBuildFailed, PlatformUnavailable, UsageError

# Docker 20.10; of another version below.
UNRESOLVED = """\
#10 [uv 1/1] RUN python3 -m venv /opt/uv
#10 0.3 Collecting uv
#11 [stage-3 2/6] RUN uv pip install
#11 sha256:fa6de80b2e8cb0783552d601ee34037cdfd475990c1624ac566d5df37eb8e178
#11 0.409 Using Python 3.11.2 environment at: /opt/venv
#11 0.559 error: No solution found when resolving dependencies
#12 0.600 something beside it
#11 0.559   cause: Because six==99.99 doesn't exist
#11 0.6
#11 ERROR: executor failed running [uv pip install]: exit code: 1
#12 CANCELED
------
 > [stage-3 2/6] RUN uv pip install:
#11 0.559   cause: Because six==99.99 doesn't exist
------
executor failed running [uv pip install]: exit code: 1
""".splitlines()

NOT_COPIED = """\
#5 [2/2] COPY ./nothing ./
#5 ERROR: "/nothing" not found: not found
------
 > [2/2] COPY ./nothing ./:
------
failed to compute cache key: "/nothing" not found: not found
""".splitlines()

NEWER = """\
#7 [4/5] RUN false
#7 0.2 it is false
#7 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
#8 ERROR: context canceled
------
Dockerfile:3
--------------------
   3 | >>> RUN false
--------------------
ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
""".splitlines()


def test_of_a_step_that_failed_its_own_words_are_told() -> None:
    assert last_words(UNRESOLVED) == [
        "Using Python 3.11.2 environment at: /opt/venv",
        "error: No solution found when resolving dependencies",
        "  cause: Because six==99.99 doesn't exist",
    ]
    assert last_words(NEWER) == ["it is false"]


def test_of_a_step_that_said_nothing_the_reason_is_told() -> None:
    assert last_words(NOT_COPIED) == ['"/nothing" not found: not found']


def test_without_a_step_the_last_lines_are_told() -> None:
    lines = ["", "------", *(f"line {number}" for number in range(20))]
    assert last_words(lines) == [f"line {number}" for number in range(5, 20)]


def test_no_more_than_fifteen_lines_are_told() -> None:
    lines = [*(f"#1 0.{number} line {number}" for number in range(40)), "#1 ERROR: exit code: 1"]
    assert last_words(lines) == [f"line {number}" for number in range(25, 40)]


def test_a_failed_build_is_told_in_the_builders_words() -> None:
    error = failed_build(NOT_COPIED)
    assert isinstance(error, ImageBuildFailed)
    assert error.message == 'the image couldn\'t be built:\n  "/nothing" not found: not found'


def test_a_full_disk_is_told_as_such() -> None:
    error = failed_build(
        ["#3 1.0 OSError: No space left", "#3 ERROR: write: no space left on device"]
    )
    assert "disk is full" in error.message
    assert "docker system prune" in str(error.hint)


def test_an_engine_that_goes_away_during_a_build_is_unavailable() -> None:
    lost = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"
    assert isinstance(failed_build(["#1 0.1 fine", lost]), PlatformUnavailable)


def test_a_script_that_only_speaks_of_engines_is_a_failed_build() -> None:
    lines = ["#4 0.1 error during connect, said the script", "#4 ERROR: exit code: 1"]
    assert isinstance(failed_build(lines), ImageBuildFailed)


def test_a_base_image_that_cannot_be_pulled_says_why_and_where_it_is_set() -> None:
    lines = [
        "Using default tag: latest",
        "Error response from daemon: pull access denied for x",
        "",
    ]
    error = failed_pull("x", lines)
    assert isinstance(error, ImageBuildFailed)
    assert "base image x" in error.message
    assert error.message.endswith(": pull access denied for x")
    assert "base_image in .calibanconfig.json" in str(error.hint)
    assert "$CALIBAN_BASE_IMAGE" in str(error.hint)


def test_an_engine_that_goes_away_during_a_pull_is_unavailable() -> None:
    assert isinstance(failed_pull("x", ["error during connect: EOF"]), PlatformUnavailable)


def test_an_engine_that_may_not_be_used_says_how_one_may() -> None:
    complaint = (
        "permission denied while trying to connect to the Docker daemon socket at "
        "unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied"
    )
    assert "group docker" in str(unavailable(complaint).hint)


def test_of_a_complaint_that_is_repeated_one_line_is_told() -> None:
    error = unavailable("Cannot connect.\nCannot connect.\n")
    assert error.message == "no Docker engine answers: Cannot connect."


@pytest.mark.parametrize(
    "complaint",
    ["Error: No such image: a", "invalid reference format", "daemon: reference does not exist"],
)
def test_a_name_that_no_image_has_is_told_from_an_engine_that_does_not_answer(
    complaint: str,
) -> None:
    assert is_missing_image(complaint)
    assert not is_missing_image("Cannot connect to the Docker daemon")


@pytest.mark.parametrize("numbering", ["#8 0.712 ", ""])
def test_what_a_setup_py_did_wrong_is_all_that_is_told(numbering: str) -> None:
    failed = failed_build(
        [
            "#8 RUN uv run",
            f"{numbering}setup.py failed: line 5: NameError: x",
            "#8 ERROR: 1",
        ]
    )
    assert isinstance(failed, ImageBuildFailed)
    assert failed.message == "setup.py failed: line 5: NameError: x"
    refused = failed_build([f"{numbering}setup.py has no extra x: it has y"])
    assert isinstance(refused, UsageError)
    assert refused.message == "--extras: setup.py has no extra x: it has y"
