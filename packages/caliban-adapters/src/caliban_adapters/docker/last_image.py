"""The image that a spec led to last time, noted so that one look at the engine is enough."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from caliban_domain.images import SpecKey

_MOST_EARLIER: Final = 100


@dataclass(frozen=True, slots=True)
class LastImage:
    """The id of the base image, and the name of the image that was built upon it.

    ``earlier`` are the names of images before it, the latest first.
    """

    base_id: str
    tag: str
    earlier: tuple[str, ...] = ()


def following(last: LastImage | None, base_id: str, tag: str) -> LastImage:
    """The image that comes after the one that was the last, if there was any."""
    if last is None:
        return LastImage(base_id, tag)
    known = [name for name in (last.tag, *last.earlier) if name != tag]
    return LastImage(base_id, tag, tuple(known[:_MOST_EARLIER]))


def recall(cache_dir: Path, key: SpecKey) -> LastImage | None:
    """What was noted of a spec, if that can be read."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        noted = json.loads(_file(cache_dir, key).read_bytes())
        return LastImage(**{**noted, "earlier": tuple(noted.get("earlier", ()))})
    return None


def note(cache_dir: Path, key: SpecKey, last: LastImage) -> None:
    """Note it, if that is possible."""
    with suppress(OSError):
        _file(cache_dir, key).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _file(cache_dir, key).write_text(json.dumps(asdict(last)))


def _file(cache_dir: Path, key: SpecKey) -> Path:
    return cache_dir / "images" / f"{key}.json"
