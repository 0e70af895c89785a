"""What the engine says about the images that it was asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from caliban_adapters.docker.complaints import is_missing_image, unavailable
from caliban_adapters.docker.process import Finished


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspected:
    """An image that the engine has."""

    id: str
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a line that ``commands.inspect`` prints."""
        image_id, tags, digests, labels = json.loads(line)
        return cls(id=image_id, tags=tuple(tags), digests=tuple(digests), labels=labels or {})

    @property
    def digest(self) -> str:
        """The digest that a registry knows it by; its id, if it never was in one."""
        return self.digests[0].partition("@")[2] if self.digests else self.id

    def has_tag(self, name: str) -> bool:
        """Whether it goes by this name, to which some engines add that it is their own."""
        return any(tag == name or tag.endswith(f"/{name}") for tag in self.tags)


def read_inspected(finished: Finished) -> list[Inspected]:
    """The images that there are, in the order asked for. Raises PlatformUnavailable."""
    complaints = finished.stderr.splitlines() if finished.exit_code else []
    if not all(is_missing_image(line) for line in complaints if line.strip()):
        raise unavailable(finished.stderr)
    return [Inspected.from_line(line) for line in finished.stdout.splitlines() if line.strip()]
