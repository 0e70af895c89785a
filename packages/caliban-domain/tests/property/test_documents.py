"""Laws of reading documents.

- Comments, white space and trailing commas between tokens never change what a text means.
- The line of every key and list item is found, whatever stands around it.
- What can't be read is refused with its line, or line and column.
- No text and no bytes raise anything but a UsageError.
"""

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain import experiments, projects
from caliban_domain.documents import decode, key_lines, parse_json
from caliban_domain.errors import BadDocument, BadSweep, UsageError
from caliban_domain.testing.sweeps import Item, document_of, items, strings, sweeps
from property.strategies import Noisy, documents, noisy, soup

pytestmark = pytest.mark.property

LINE = re.compile(r"e\.json:\d+(:\d+)?: \S.*", re.DOTALL)


def refusal(read: Callable[[], object], kind: type[UsageError]) -> str | None:
    """Why something was refused, or None where it was read; any other error goes through."""
    try:
        read()
    except kind as error:
        return error.message
    return None


@given(noisy(documents))
def test_comments_and_trailing_commas_change_nothing(careless: Noisy) -> None:
    assert repr(parse_json(careless.text, "e.json")) == repr(careless.document)


@given(noisy(documents), st.text(st.characters(codec="utf-8", exclude_characters="\n")))
def test_a_comment_may_end_the_text(careless: Noisy, comment: str) -> None:
    assert repr(parse_json(f"{careless.text}#{comment}", "e")) == repr(careless.document)


@given(noisy(documents))
def test_a_text_is_read_alike_from_bytes(careless: Noisy) -> None:
    text = careless.text.encode()
    assert decode(text, "e") == decode(b"\xef\xbb\xbf" + text, "e") == careless.text


@given(noisy(documents))
def test_every_key_and_item_is_found_in_its_line(careless: Noisy) -> None:
    assert key_lines(careless.text) == careless.lines


@given(noisy(sweeps.map(document_of)))
def test_a_sweep_means_the_same_however_it_is_written(careless: Noisy) -> None:
    plain = experiments.sweep_of(careless.document, "e")
    assert repr(experiments.parse(careless.text, "e")) == repr(plain)


@given(st.lists(st.tuples(strings, documents), min_size=1, max_size=3), st.data())
def test_a_key_given_twice_is_refused(pairs: list[tuple[str, Item]], data: st.DataObject) -> None:
    pairs.append((data.draw(st.sampled_from(pairs))[0], 1))
    members = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs)
    with pytest.raises(BadDocument) as refused:
        parse_json(f"{{{members}}}", "e.json")
    places = [line for line in refused.value.message.split("e.json:") if line]
    repeated = {key for key, _ in pairs if [k for k, _ in pairs].count(key) > 1}
    assert len(places) == len(repeated)


@given(noisy(documents), st.data())
def test_a_text_that_breaks_is_refused_with_its_place(careless: Noisy, data: st.DataObject) -> None:
    text = careless.text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 4)))
    broken = text[:start] + data.draw(soup | st.just("")) + text[end:]
    message = refusal(lambda: parse_json(broken, "e.json"), BadDocument)
    assert message is None or LINE.fullmatch(message)


@given(noisy(st.dictionaries(strings, items | st.none() | st.just({}), min_size=1)))
def test_a_key_that_a_sweep_cannot_use_is_refused_with_its_line(careless: Noisy) -> None:
    message = refusal(lambda: experiments.parse(careless.text, "e.json"), BadSweep)
    if message is not None:
        places = re.findall(r"^e\.json:(\d+): key ", message, re.MULTILINE)
        assert places
        assert {int(place) for place in places} <= {
            line for lines in careless.lines.values() for line in lines
        }


READERS: list[Callable[[str], object]] = [
    lambda text: parse_json(text, "e.json"),
    lambda text: list(experiments.parse(text, "e.json").grids),
    lambda text: projects.parse(text, "e.json"),
]


@pytest.mark.parametrize("reader", READERS, ids=["document", "sweep", "project"])
@given(soup | st.text())
def test_no_text_is_too_odd_to_be_refused(reader: Callable[[str], object], text: str) -> None:
    message = refusal(lambda: reader(text), UsageError)
    assert message is None or message.startswith("e.json")


@pytest.mark.parametrize("reader", READERS, ids=["document", "sweep", "project"])
@given(st.binary())
def test_no_bytes_are_too_odd_to_be_refused(reader: Callable[[str], object], data: bytes) -> None:
    message = refusal(lambda: reader(decode(data, "e.json")), UsageError)
    assert message is None or message.startswith("e.json")


not_json = st.one_of(
    st.none(), st.floats(), st.binary(), st.dates(), st.complex_numbers(), st.tuples(st.integers())
)
odd_documents: st.SearchStrategy[Any] = st.recursive(
    items | not_json,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(strings | not_json, below),
    max_leaves=8,
)


@given(odd_documents | st.builds(lambda row: {"[a, b]": row}, st.lists(odd_documents, max_size=3)))
def test_no_values_are_too_odd_to_be_refused(document: Any) -> None:
    with suppress(BadSweep):
        for experiment in experiments.sweep_of(document, "e.yaml").experiments():
            assert "nan" not in experiment.argv
            assert all(math.isfinite(v) for _, v in experiment.flags if isinstance(v, float))
