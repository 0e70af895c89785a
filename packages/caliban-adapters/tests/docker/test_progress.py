"""What of a builder's lines is passed on."""

import sys

import pytest

from caliban_adapters.docker.process import Command
from caliban_adapters.docker.progress import essence, told


@pytest.mark.parametrize(
    ("line", "essential"),
    [
        ("#9 [stage-3 2/6] RUN true", "[stage-3 2/6] RUN true"),
        ("#9 0.843   cause: six isn't there", "  cause: six isn't there"),
        ("#9 ERROR: exit code: 1", "ERROR: exit code: 1"),
        ("six==1.0 # a comment", "six==1.0 # a comment"),
        ("3f4c1a: Pull complete", "3f4c1a: Pull complete"),
        ("#9 0.1 " + 600 * "x", 500 * "x" + "..."),
    ],
)
def test_what_happens_is_passed_on_without_numbers(line: str, essential: str) -> None:
    assert essence(line) == essential


@pytest.mark.parametrize(
    "line",
    [
        *("", "   ", "------", "#9 CACHED", "#9 DONE 0.3s", "#9 CANCELED", "#9 0.843 ", " > "),
        *("#1 [internal] load .dockerignore", "#8 transferring context: 52.44MB 0.6s done"),
        "#9 sha256:fa6de80b2e8cb0783552d601ee34037cdfd475990c1624ac566d5df37eb8e178",
        "#9 ERROR: executor failed running [/bin/sh -c false]: exit code: 1",
        "executor failed running [/bin/sh -c false]: exit code: 1",
        " > [stage-1 2/4] RUN false:",
        '#9 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1',
        'ERROR: failed to solve: process "sh -c a" did not complete successfully: exit code: 1',
    ],
)
def test_what_the_builder_says_of_itself_is_not(line: str) -> None:
    assert essence(line) == ""


def test_all_lines_are_kept_for_who_has_to_explain_a_failure() -> None:
    said: list[str] = []
    source = "print('#1 [internal] x'); print('#2 1.5 boom'); exit(3)"
    command = Command((sys.executable, "-c", source))
    assert told(command, said.append) == (3, ["#1 [internal] x", "#2 1.5 boom"])
    assert said == ["boom"]
