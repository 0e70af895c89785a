"""Laws of causes.

- Any log has a cause or none; what is shown of it is one short printable line.
- Normalising twice is normalising once.
- Numbers and folders don't tell two failures apart.
- What was written before a traceback doesn't matter.
"""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.causes import cause_of, normalised

pytestmark = pytest.mark.property

logs = st.lists(
    st.one_of(
        st.text(),
        st.just("Traceback (most recent call last):"),
        st.just('  File "/usr/app/train.py", line 12, in main'),
        st.just("ValueError: 12 in /tmp/x"),
    )
).map("\n".join)
numbers = st.one_of(st.integers(min_value=0), st.floats(min_value=0, allow_infinity=False)).map(str)
folders = st.lists(st.text(string.ascii_lowercase + "_.-", min_size=1), max_size=3).map(
    lambda names: "".join(f"/{name}" for name in names)
)


def failure(number: str, folder: str) -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "{folder}/train.py", line 12, in main\n'
        f"FileNotFoundError: {number} of {number} bytes in {folder}/data.csv\n"
    )


@given(logs)
def test_any_log_has_a_short_printable_cause_or_none(log: str) -> None:
    cause = cause_of(log)
    if cause is not None:
        assert 0 < len(cause.what) <= 200
        assert str(cause).isprintable()


@given(st.one_of(st.text(), st.text("0123456789.eEx+-/\\ ")))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(numbers, folders, numbers, folders)
def test_numbers_and_folders_tell_no_failures_apart(
    number: str, folder: str, other_number: str, other_folder: str
) -> None:
    one, other = cause_of(failure(number, folder)), cause_of(failure(other_number, other_folder))
    assert one is not None
    assert other is not None
    assert one.key == other.key


@given(logs)
def test_what_stands_before_a_traceback_does_not_matter(log: str) -> None:
    last = failure("3", "/usr/app")
    assert cause_of(f"{log}\n{last}") == cause_of(last)
