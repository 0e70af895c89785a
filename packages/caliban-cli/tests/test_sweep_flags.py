"""What the flags of a sweep add up to."""

from typing import Any

import pytest

from caliban_cli.options import Manual, parse
from caliban_cli.sweep_flags import SweepArgs, policy
from caliban_domain.agenda import Policy
from caliban_domain.errors import UsageError
from caliban_domain.retries import Retries

MANUAL = Manual(command="run", summary="", examples="")


def policy_of(*words: str, jobs: int = 40) -> Policy:
    return policy(parse(SweepArgs, MANUAL, words).args, jobs=jobs)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", {}),
        ("--keep_going", {}),
        ("--parallel 3", {"parallel": 3}),
        ("--fail_fast", {"max_failures": 1}),
        ("--max_failures 5", {"max_failures": 5}),
        ("--max_failures 5%", {"max_failures": 2}),
        ("--max_failures 6%", {"max_failures": 3}),
        ("--max_failures 1%", {"max_failures": 1}),
        ("--max_failures 100%", {"max_failures": 40}),
        ("--canary 2", {"canary": 2}),
        ("--timeout 90", {"timeout": 90}),
        ("--timeout 1.5m", {"timeout": 90}),
        ("--timeout 2d", {"timeout": 172800}),
        ("--retries 2", {"retries": Retries(2)}),
        ("--retries 2 --retry_on exit:137", {"retries": Retries(2, frozenset({"exit:137"}))}),
    ],
)
def test_flags_make_a_policy(words: str, expected: dict[str, Any]) -> None:
    assert policy_of(*words.split()) == Policy(**expected)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--fail_fast --keep_going", "--keep_going and --fail_fast contradict each other"),
        ("--fail_fast --max_failures 2", "--fail_fast and --max_failures contradict each other"),
        ("--retry_on lost", "--retry_on needs --retries"),
        ("--retries 1 --retry_on sunday", "'sunday' is no reason to try a job again"),
        ("--max_failures 0", "'0' is neither a number of 1 or more nor a percentage"),
        ("--max_failures 101%", "'101%' is neither a number of 1 or more nor a percentage"),
        ("--max_failures -1", "'-1' is neither a number of 1 or more nor a percentage"),
        ("--timeout 0", "'0' is not a time"),
        ("--timeout 3w", "'3w' is not a time"),
        ("--timeout 9999999999999d", "is not a time"),
        ("--retries -1", "'-1' is not a whole number of 1 or more"),
        ("--retries 0", "'0' is not a whole number of 1 or more"),
        ("--parallel -2", "'-2' is not a whole number of 1 or more"),
        ("--parallel 0", "'0' is not a whole number of 1 or more"),
    ],
)
def test_flags_that_make_no_sense_are_refused(words: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        policy_of(*words.split())
    assert complaint in refused.value.message
