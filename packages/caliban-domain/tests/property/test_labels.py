"""Laws of labels.

- Whatever is cleaned is legal: the grammar of keys and values, at most 63 characters.
- Cleaning what is clean changes nothing.
- Names never merge in silence: there are as many labels as names.
- A label given by a person wins over the script's arguments; what Caliban chose wins over both.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.labels import LabelKey, flag_values, label_key, label_value, labels_of
from caliban_domain.testing.sweeps import words

pytestmark = pytest.mark.property

KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
VALUE = re.compile(r"[a-z0-9_-]{0,63}")

texts = st.text(max_size=80) | st.text("aA.-_1ü ", max_size=70)
names = st.sampled_from(["a", "A", "a.b", "a_b", "A.b", "1", "k1", "ü", "x" * 63, "x" * 64]) | (
    words.filter(bool)
)
argvs = st.lists(
    st.one_of(
        words,
        names.map("--{}".format),
        names.map("-{}=1".format),
        st.floats().map(str),
        st.just("--"),
    ),
    max_size=8,
)
given_labels = st.dictionaries(names, words, max_size=5)


def flag_names_in(argv: list[str]) -> set[str]:
    return {name for name, _ in flag_values(argv) if name}


@given(texts)
def test_a_cleaned_key_is_legal_and_stays_as_it_is(text: str) -> None:
    key = label_key(text)
    assert KEY.fullmatch(key)
    assert label_key(key) == key


@given(texts)
def test_a_cleaned_value_is_legal_and_stays_as_it_is(text: str) -> None:
    value = label_value(text)
    assert VALUE.fullmatch(value)
    assert label_value(value) == value


@given(st.from_regex(KEY, fullmatch=True))
def test_what_is_legal_is_not_changed(text: str) -> None:
    assert [label_key(text), label_value(text)] == [text, text]


@given(argvs, given_labels, given_labels)
def test_every_label_of_a_job_is_legal(
    argv: list[str], chosen: dict[str, str], user: dict[str, str]
) -> None:
    for key, value in labels_of(argv, chosen=chosen, user=user).items():
        assert KEY.fullmatch(key)
        assert VALUE.fullmatch(value)


@given(argvs, given_labels, given_labels)
def test_names_never_merge(argv: list[str], chosen: dict[str, str], user: dict[str, str]) -> None:
    labels = labels_of(argv, chosen=chosen, user=user)
    assert len(labels) == len(flag_names_in(argv) | set(chosen) | set(user))


@given(argvs, given_labels, given_labels)
def test_a_given_label_wins_over_arguments(
    argv: list[str], chosen: dict[str, str], user: dict[str, str]
) -> None:
    without = labels_of([], chosen=chosen, user=user)
    assert labels_of(argv, chosen=chosen, user=user).items() >= without.items()


@given(argvs, given_labels, given_labels)
def test_what_caliban_chose_wins_over_all(
    argv: list[str], chosen: dict[str, str], user: dict[str, str]
) -> None:
    assert (
        labels_of(argv, chosen=chosen, user=user).items()
        >= labels_of([], chosen=chosen, user={}).items()
    )


@given(given_labels, st.data())
def test_arguments_named_as_labels_change_nothing(
    user: dict[str, str], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(sorted(user)))) if user else []
    argv = [f"--{name}=other" for name in repeated if not name.startswith("-") and "=" not in name]
    assert labels_of(argv, chosen={}, user=user) == labels_of([], chosen={}, user=user)


@given(st.lists(st.tuples(names, words), unique_by=lambda pair: label_key(pair[0])))
def test_names_that_clean_differently_keep_their_plain_keys(pairs: list[tuple[str, str]]) -> None:
    user = dict(pairs)
    labels: dict[LabelKey, str] = dict(labels_of([], chosen={}, user=user))
    assert labels == {label_key(name): label_value(value) for name, value in pairs}
