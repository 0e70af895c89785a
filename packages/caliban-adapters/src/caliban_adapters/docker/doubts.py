"""Names of images that may be wrong, because nobody has looked yet whether they are right.

A builder names an image as it makes it, which spares a request. But files may be edited while it
reads them, and whoever asked for the image may die before looking at them again. So the doubt is
noted beforehand, and cleared afterwards.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

_FOLDER: Final = "doubts"


def raise_doubt(cache_dir: Path, tag: str) -> bool:
    """Note that the name is in doubt; whether that was possible."""
    with suppress(OSError):
        _file(cache_dir, tag).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _file(cache_dir, tag).touch()
        return True
    return False


def is_in_doubt(cache_dir: Path, tag: str) -> bool:
    """Whether a doubt about the name was never cleared."""
    return _file(cache_dir, tag).exists()


def clear(cache_dir: Path, tag: str) -> None:
    """The name is right, or nothing has it any more."""
    with suppress(OSError):
        _file(cache_dir, tag).unlink()


def _file(cache_dir: Path, tag: str) -> Path:
    return cache_dir / _FOLDER / tag
