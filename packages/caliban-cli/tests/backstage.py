"""An engine and a history in memory, in the places of the real ones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from caliban_cli import wiring
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import PlatformName
from caliban_domain.provenance import Provenance, Revision
from stand_ins import ScriptedPlatform


class NotedImages(NoImages):
    """Notes what is built."""

    def __init__(self) -> None:
        self.built: list[ImageSpec] = []

    def build(self, spec: ImageSpec, /) -> ImageRef:
        self.built.append(spec)
        return ImageRef("sha256:0f6d8a3ddbee" + "0" * 52)


def _provenance(command: tuple[str, ...], project: Path | None) -> Provenance:
    """As if every project were at one commit."""
    revision = Revision(commit="4c" * 20, dirty=False) if project else None
    return Provenance(version="0.5.0", command=command, revision=revision)


@dataclass
class Backstage:
    """What the commands use without knowing it; a test may change the platform."""

    images: NotedImages = field(default_factory=NotedImages)
    platform: ScriptedPlatform = field(default_factory=ScriptedPlatform)
    memory: MemoryHistory = field(default_factory=MemoryHistory)

    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wiring, "history", self._history)
        monkeypatch.setattr(wiring, "existing_history", self._history)
        monkeypatch.setattr(wiring, "images", lambda *_, **__: self.images)
        monkeypatch.setattr(wiring, "local_platform", self._local_platform)
        monkeypatch.setattr(wiring, "platforms", self._platforms)
        monkeypatch.setattr(wiring, "require_gpus", lambda: None)
        monkeypatch.setattr(wiring, "provenance", _provenance)

    @contextmanager
    def _history(self, *_: object) -> Iterator[MemoryHistory]:
        yield self.memory

    @contextmanager
    def _local_platform(self, *_: object, **__: object) -> Iterator[ScriptedPlatform]:
        yield self.platform

    @contextmanager
    def _platforms(
        self, *_: object, **__: object
    ) -> Iterator[Callable[[PlatformName], ScriptedPlatform]]:
        yield lambda _: self.platform
