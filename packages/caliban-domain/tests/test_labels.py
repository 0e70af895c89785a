"""Labels: a script's arguments in words that a cloud accepts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.labels import (
    flag_values,
    label_key,
    label_value,
    labels_of,
    with_inner_ends,
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("epochs", "epochs"),
        ("learning_rate", "learning_rate"),
        ("learning.rate", "learning_rate"),
        ("learning-rate", "learning-rate"),
        ("LearningRate", "learningrate"),
        ("a b/c", "abc"),
        ("größe", "gre"),
        ("1st", "k1st"),
        ("_private", "k_private"),
        ("-x", "k-x"),
        (".x", "k_x"),
        ("", "k"),
        ("日本", "k"),
        ("x" * 80, "x" * 63),
        ("1" * 63, "k" + "1" * 62),
    ],
)
def test_a_key_is_cleaned(text: str, key: str) -> None:
    assert label_key(text) == key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.01", "0_01"),
        ("-1", "-1"),
        ("Adam", "adam"),
        ("gs://bucket/path", "gsbucketpath"),
        ("", ""),
        ("日本", ""),
        ("[1, 2]", "12"),
        ("v" * 80, "v" * 63),
        ("İK", "ik"),  # lower case of other letters can be an ASCII letter
    ],
)
def test_a_value_is_cleaned(text: str, value: str) -> None:
    assert label_value(text) == value


@pytest.mark.parametrize(
    ("argv", "pairs"),
    [
        ([], []),
        (["--epochs", "2"], [("epochs", "2")]),
        (["--epochs=2"], [("epochs", "2")]),
        (["--epochs="], [("epochs", "")]),
        (["--a=b=c"], [("a", "b=c")]),
        (["--verbose"], [("verbose", "")]),
        (["--verbose", "--epochs", "2"], [("verbose", ""), ("epochs", "2")]),
        (["-e", "2"], [("e", "2")]),
        (["--offset", "-1"], [("offset", "-1")]),
        (["--offset", "-1.5e3"], [("offset", "-1.5e3")]),
        (["--bound", "-inf"], [("bound", "-inf")]),
        (["--range", "1", "2"], [("range", "1")]),
        (["data.csv", "--epochs", "2", "more"], [("epochs", "2")]),
        (["-5"], []),
        (["--a", "", "--b"], [("a", ""), ("b", "")]),
        (["--a", "1", "--a", "2"], [("a", "1"), ("a", "2")]),
    ],
)
def test_flags_are_found_among_the_arguments(argv: list[str], pairs: list[tuple[str, str]]) -> None:
    assert list(flag_values(argv)) == pairs


@pytest.mark.parametrize("argv", [["--"], ["-"], ["--", "x"], ["--=x"], ["x", "--"], []])
def test_arguments_without_a_name_make_no_label(argv: list[str]) -> None:
    assert labels_of(argv, chosen={}, user={}) == {}


def test_the_documented_job_gets_its_labels() -> None:
    chosen = {"gpu_enabled": "false", "tpu_enabled": "false", "job_name": "caliban_totoro"}
    assert labels_of(["--learning_rate", "0.01"], chosen=chosen, user={}) == {
        "gpu_enabled": "false",
        "tpu_enabled": "false",
        "job_name": "caliban_totoro",
        "learning_rate": "0_01",
    }


def test_a_given_label_wins_over_the_argument_of_its_name() -> None:
    labels = labels_of(["--epochs", "2", "--lr=1"], chosen={}, user={"epochs": "many"})
    assert labels == {"epochs": "many", "lr": "1"}


def test_what_caliban_chose_wins_over_a_given_label() -> None:
    labels = labels_of([], chosen={"job_name": "a"}, user={"job_name": "b"})
    assert labels == {"job_name": "a"}


def test_of_a_flag_given_twice_the_last_value_counts() -> None:
    labels = labels_of(["--a", "1", "--a", "2"], chosen={}, user={})
    assert labels == {"a": "2"}


def test_two_names_that_clean_to_one_key_both_keep_their_values() -> None:
    labels = labels_of(["--learning.rate", "1", "--learning_rate", "2"], chosen={}, user={})
    assert labels[label_key("learning.rate")] == "1"
    assert sorted(labels.values()) == ["1", "2"]
    assert all(key.startswith("learning_rate") for key in labels)


def test_a_tag_doesnt_depend_on_the_other_labels() -> None:
    (first,) = set(labels_of(["--A", "1"], chosen={}, user={"a": ""})) - {"a"}
    (second,) = set(labels_of(["--b", "2", "--A", "3"], chosen={"a": "x"}, user={})) - {"a", "b"}
    assert first == second


def test_long_names_that_differ_at_their_ends_dont_merge() -> None:
    argv = [f"--{'x' * 70}1", "1", f"--{'x' * 70}2", "2"]
    labels = labels_of(argv, chosen={}, user={})
    assert sorted(labels.values()) == ["1", "2"]
    assert max(map(len, labels)) == 63


def test_a_clashing_name_given_as_a_label_still_wins_over_the_argument() -> None:
    labels = labels_of(["--A", "argument"], chosen={"a": "chosen"}, user={"A": "given"})
    assert sorted(labels.values()) == ["chosen", "given"]


@given(st.dictionaries(st.text("-_aB.1"), st.text("-_aB.1")))
def test_for_kubernetes_no_label_is_lost_and_each_begins_and_ends_as_it_must(
    given_labels: dict[str, str],
) -> None:
    labels = labels_of([], chosen={}, user=given_labels)
    trimmed = with_inner_ends(labels)
    assert len(trimmed) == len(labels)
    for text in (*trimmed, *filter(None, trimmed.values())):
        assert re.fullmatch(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", text)
