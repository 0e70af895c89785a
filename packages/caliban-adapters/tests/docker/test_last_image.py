"""What is noted of the last image of a spec, and that losing it does no harm."""

from pathlib import Path

import pytest

from caliban_adapters.docker.last_image import LastImage, following, note, recall
from caliban_domain.images import SpecKey

KEY = SpecKey("ab12")
LAST = LastImage(base_id="sha256:1", tag="caliban:2", earlier=("caliban:1",))


def test_what_was_noted_is_recalled(tmp_path: Path) -> None:
    assert recall(tmp_path / "cache", KEY) is None
    note(tmp_path / "cache", KEY, LAST)
    assert recall(tmp_path / "cache", KEY) == LAST
    assert recall(tmp_path / "cache", SpecKey("cd34")) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"base_id": "x", "tag": "y", "earlier": 1}',
        '{"tag": "x"}',
        '{"tag": 1, "x": 2}',
        "\0",
    ],
)
def test_a_broken_note_is_none(tmp_path: Path, content: str) -> None:
    note(tmp_path, KEY, LAST)
    (tmp_path / f"images/{KEY}.json").write_text(content)
    assert recall(tmp_path, KEY) is None


def test_what_an_earlier_version_noted_is_recalled(tmp_path: Path) -> None:
    note(tmp_path, KEY, LAST)
    (tmp_path / f"images/{KEY}.json").write_text('{"base_id": "sha256:1", "tag": "caliban:2"}')
    assert recall(tmp_path, KEY) == LastImage("sha256:1", "caliban:2")


def test_the_names_of_earlier_images_are_known_once_each_and_not_for_ever() -> None:
    last = following(None, "sha256:1", "caliban:1")
    assert last == LastImage("sha256:1", "caliban:1")
    for tag in ("caliban:1", "caliban:2", "caliban:1", "caliban:3"):
        last = following(last, "sha256:2", tag)
    assert last == LastImage("sha256:2", "caliban:3", ("caliban:1", "caliban:2"))
    for number in range(1000):
        last = following(last, "sha256:2", f"caliban:n{number}")
    assert last.earlier[:2] == ("caliban:n998", "caliban:n997")
    assert len(last.earlier) == 100


def test_a_note_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "images").touch()
    note(tmp_path, KEY, LAST)
    assert recall(tmp_path, KEY) is None
