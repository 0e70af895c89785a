"""The image that a spec led to last time, noted so that one look at the engine is enough."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from caliban_domain.images import SpecKey


@dataclass(frozen=True, slots=True)
class LastImage:
    """The id of the base image, and the name of the image that was built upon it."""

    base_id: str
    tag: str


def recall(cache_dir: Path, key: SpecKey) -> LastImage | None:
    """What was noted of a spec, if that can be read."""
    with suppress(OSError, ValueError, TypeError):
        return LastImage(**json.loads(_file(cache_dir, key).read_bytes()))
    return None


def note(cache_dir: Path, key: SpecKey, last: LastImage) -> None:
    """Note it, if that is possible."""
    with suppress(OSError):
        _file(cache_dir, key).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _file(cache_dir, key).write_text(json.dumps(asdict(last)))


def _file(cache_dir: Path, key: SpecKey) -> Path:
    return cache_dir / "images" / f"{key}.json"
