"""Whatever text an argument is, it reaches the script byte for byte.

A container for each list would take minutes, so each takes many lists, one behind the other.
"""

import json
import os
from itertools import chain
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from workplace import Workplace

pytestmark = pytest.mark.integration

_CONTAINERS: Final = 20
_LISTS: Final = 50  # in each container
_VALUES: Final = 100
_SEPARATOR: Final = "the next list 6f1c0f7e"
_SCRIPT: Final = "import json, os, sys; print(json.dumps([os.fsencode(a).hex() for a in sys.argv]))"

_TEXT: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
_AWKWARD: Final = st.sampled_from(
    [
        *("", " ", "-", "--", "-h", "--help", "--flagfile", "--nogpu", "$HOME", "$(id)", "`id`"),
        *("*", "~", "'", '"', "\\", "\n", "\r\n", "\t", "\x1b[2J", "é", "e\u0301", "\ufeff", "🂡"),
    ]
)
_ARGUMENTS: Final = _AWKWARD | _TEXT | st.builds("{}{}".format, _AWKWARD, _TEXT)
_thorough = settings(
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def image(workplace: Workplace) -> str:
    """An image whose script prints its arguments, each in hexadecimal digits."""
    workplace.write({"train.py": _SCRIPT})
    return workplace.caliban("build", "--nogpu", "train.py").expect(0).stdout.strip()


def test_a_thousand_lists_behind_the_dashes_arrive(
    workplace: Workplace, group: str, image: str
) -> None:
    tried = 0

    @settings(_thorough, max_examples=_CONTAINERS)
    @given(st.lists(st.lists(_ARGUMENTS, max_size=5), min_size=_LISTS, max_size=_LISTS))
    def arrive(lists: list[list[str]]) -> None:
        nonlocal tried
        # The first list has nothing before it: its first word stands right behind the dashes.
        words = list(chain(*([*words, _SEPARATOR] for words in lists)))
        ran = workplace.caliban(*_run(group, image), "train.py", "--", *words)
        assert _split(_told(ran.expect(0).stdout)) == [[*map(os.fsencode, it)] for it in lists]
        tried += len(lists)

    arrive()
    assert tried >= _CONTAINERS * _LISTS


def test_values_of_a_sweep_arrive(workplace: Workplace, group: str, image: str) -> None:
    @settings(_thorough, max_examples=2)
    @given(st.lists(_ARGUMENTS, min_size=_VALUES, max_size=_VALUES))
    def arrive(values: list[str]) -> None:
        sweep = json.dumps({f"key{number}": value for number, value in enumerate(values)})
        ran = workplace.caliban(
            *(*_run(group, image), "--experiment_config", "-", "train.py"), stdin=sweep
        )
        flags = ((f"--key{number}", value) for number, value in enumerate(values))
        assert _told(ran.expect(0).stdout) == [*map(os.fsencode, chain(*flags))]

    arrive()


def _run(group: str, image: str) -> tuple[str, ...]:
    return ("run", "--nogpu", "--rerun", "--xgroup", group, "--image_id", image)


def _told(output: str) -> list[bytes]:
    return [bytes.fromhex(argument) for argument in json.loads(output)[1:]]


def _split(words: list[bytes]) -> list[list[bytes]]:
    """The lists that were sent one behind the other, each with a separator at its end."""
    lists: list[list[bytes]] = [[]]
    for word in words:
        if word == _SEPARATOR.encode():
            lists.append([])
        else:
            lists[-1].append(word)
    return lists[:-1]
