"""Laws of names.

- A job's name is a DNS-1123 label of at most 63 characters, whatever its group is called.
- It follows from group, experiment, attempt and history alone, and tells each of them apart.
- Words in JSON are what the standard library writes.
- An experiment's key tells scripts and argument lists apart.
"""

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from caliban_domain.errors import UsageError
from caliban_domain.names import (
    MAX_GROUP_NAME,
    GroupName,
    experiment_key,
    group_name,
    job_name,
    json_of_words,
)
from caliban_domain.testing.sweeps import words
from property.strategies import group_names

pytestmark = pytest.mark.property

DNS_1123 = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

numbers = st.integers(1, 12) | st.integers(1, 10**12)
histories = st.sampled_from(["", "0", "0123456789abcdef"]) | words
jobs = st.tuples(group_names, numbers, numbers, histories)

Job = tuple[GroupName, int, int, str]


@given(st.lists(st.text()))
def test_words_are_json_as_everybody_writes_it(several: list[str]) -> None:
    assert json_of_words(several) == json.dumps(several)


@given(jobs)
def test_a_jobs_name_is_a_dns_label(job: Job) -> None:
    assert DNS_1123.fullmatch(job_name(*job))


@given(jobs)
def test_a_jobs_name_depends_on_nothing_else(job: Job) -> None:
    assert job_name(*job) == job_name(*job)


@given(jobs, jobs)
def test_different_jobs_have_different_names(job: Job, other: Job) -> None:
    assume(job != other)
    assert job_name(*job) != job_name(*other)


@given(jobs, st.integers(0, 3), st.data())
def test_a_job_that_differs_in_one_thing_has_another_name(
    job: Job, part: int, data: st.DataObject
) -> None:
    other = [*job]
    other[part] = data.draw([group_names, numbers, numbers, histories][part])
    group, experiment, attempt, history = other
    assume(job != (group, experiment, attempt, history))
    assert isinstance(experiment, int)
    assert isinstance(attempt, int)
    assert job_name(GroupName(str(group)), experiment, attempt, str(history)) != job_name(*job)


@given(st.text(max_size=MAX_GROUP_NAME + 2))
def test_a_group_name_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        assert group_name(text) == text
    except UsageError:
        is_plain = text.isprintable() and text.strip() == text
        assert not is_plain or text[:1] in {"", "-"} or len(text) > 200


programs = st.tuples(words, st.lists(words, max_size=3))


@given(programs, programs)
def test_keys_tell_scripts_and_arguments_apart(
    one: tuple[str, list[str]], other: tuple[str, list[str]]
) -> None:
    assert (experiment_key(*one) == experiment_key(*other)) == (one == other)


@given(st.text(), st.lists(st.text()))
def test_an_experiments_key_is_16_hexadecimal_digits(script: str, argv: list[str]) -> None:
    assert re.fullmatch("[0-9a-f]{16}", experiment_key(script, argv))
