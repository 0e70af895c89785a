"""A name that is in doubt stays so until the doubt is cleared."""

from pathlib import Path

from caliban_adapters.docker.doubts import clear, is_in_doubt, raise_doubt

TAG = "caliban:ab12"


def test_a_doubt_persists_until_it_is_cleared(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert not is_in_doubt(cache, TAG)
    assert raise_doubt(cache, TAG)
    assert raise_doubt(cache, TAG)
    assert is_in_doubt(cache, TAG)
    assert not is_in_doubt(cache, "caliban:cd34")
    clear(cache, TAG)
    clear(cache, TAG)
    assert not is_in_doubt(cache, TAG)


def test_where_nothing_can_be_noted_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "doubts").touch()
    assert not raise_doubt(tmp_path, TAG)
    assert not is_in_doubt(tmp_path, TAG)
    clear(tmp_path, TAG)
