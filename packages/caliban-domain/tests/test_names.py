"""Names that people give, and those that a platform knows a job by."""

from datetime import UTC, datetime

import pytest

from caliban_domain.errors import UsageError
from caliban_domain.names import (
    MAX_GROUP_NAME,
    GroupName,
    JobName,
    default_group_name,
    experiment_key,
    group_name,
    job_name,
    job_variables,
)


@pytest.mark.parametrize("text", ["a", "my group", "größe 😀", "a/b: c?", "2026", "x" * 200])
def test_a_group_can_have_nearly_any_name(text: str) -> None:
    assert group_name(text) == text


@pytest.mark.parametrize(
    "text",
    ["", " ", " a", "a ", "a\n", "a\tb", "a\0b", "x" * 201, "a\x1b[31m", "\ud800", "-", "-x"],
)
def test_a_name_that_would_not_print_well_or_looks_like_a_flag_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        group_name(text)
    assert repr(text) in refused.value.message
    assert refused.value.message.isprintable()
    assert str(MAX_GROUP_NAME) in (refused.value.hint or "")


def test_an_unnamed_group_is_named_for_its_user_and_second() -> None:
    now = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    assert default_group_name("totoro", now) == "totoro-xgroup-2026-02-03-04-05-06"


@pytest.mark.parametrize(
    ("group", "experiment", "attempt", "beginning", "end"),
    [
        ("sweep", 1, 1, "sweep-1-", "-1"),
        ("sweep", 10000, 12, "sweep-10000-", "-12"),
        ("My Sweep!", 1, 1, "my-sweep-1-", "-1"),
        ("a__b..c", 1, 1, "a-b-c-1-", "-1"),
        ("_-x--", 1, 1, "x-1-", "-1"),
        ("2026", 1, 1, "2026-1-", "-1"),
        ("日本", 1, 1, "caliban-1-", "-1"),
        ("größe", 1, 1, "gr-e-1-", "-1"),
        ("x" * 200, 1, 1, "x" * 50 + "-1-", "-1"),
        ("x" * 49 + "-y", 1, 1, "x" * 49 + "-1-", "-1"),
    ],
)
def test_a_job_is_named_for_its_group_experiment_and_attempt(
    group: str, experiment: int, attempt: int, beginning: str, end: str
) -> None:
    name = job_name(group_name(group), experiment, attempt, "history")
    assert name.startswith(beginning)
    assert name.endswith(end)
    assert len(name.removeprefix(beginning).removesuffix(end)) == 8


def test_a_job_keeps_its_name_in_every_version() -> None:
    name = job_name(GroupName("sweep"), 3, 2, "0123456789abcdef")
    assert name == "sweep-3-42e45ca9-2"


def test_groups_of_one_name_in_two_histories_dont_share_jobs() -> None:
    mine = job_name(GroupName("sweep"), 1, 1, "mine")
    yours = job_name(GroupName("sweep"), 1, 1, "yours")
    assert mine != yours


def test_an_experiment_keeps_its_key_in_every_version() -> None:
    assert experiment_key("train.py", ["--lr", "0.1"]) == "0df876bc26a0cbd4"


@pytest.mark.parametrize(
    ("script", "argv"),
    [
        ("train.py", []),
        ("train.py", ["--lr", "0.2"]),
        ("train.py", ["--lr 0.1"]),
        ("train.py", ["--lr", "0.1", ""]),
        ("train.py", ["0.1", "--lr"]),
        ("train", ["--lr", "0.1"]),
    ],
)
def test_another_script_or_argument_is_another_experiment(script: str, argv: list[str]) -> None:
    assert experiment_key(script, argv) != experiment_key("train.py", ["--lr", "0.1"])


def test_arguments_that_are_not_unicode_have_a_key() -> None:
    assert len(experiment_key("train.py", ["\udcff"])) == 16


def test_a_job_elsewhere_is_told_its_group_and_its_name() -> None:
    assert job_variables(GroupName("forest"), JobName("forest-1-0-1")) == {
        "CALIBAN_XGROUP": "forest",
        "CALIBAN_JOB": "forest-1-0-1",
    }
