"""An engine and a history in memory, in the places of the real ones."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from caliban_adapters.docker.containers import ContainerSettings
from caliban_adapters.jupyter.server import Server
from caliban_cli import session_wiring, wiring
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import PlatformName
from caliban_domain.provenance import Provenance, Revision
from stand_ins import ScriptedPlatform


@dataclass(frozen=True)
class Opened:
    """A container that was opened."""

    image: ImageRef
    settings: ContainerSettings
    terminal: bool = False
    server: Server | None = None


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


def _free_port(wanted: int | None, taken: int | None = None) -> int:
    return wanted or (taken or 8887) + 1


@dataclass
class NotedSessions:
    """Notes what containers are opened to work in, which end at once."""

    exit_code: int = 0
    too_late: int = 0
    journal: list[str] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)

    def shell(
        self, image: ImageRef, settings: ContainerSettings, *, terminal: bool
    ) -> AbstractContextManager["NotedSessions"]:
        self.opened.append(Opened(image, settings, terminal=terminal))
        return nullcontext(self)

    def jupyter(
        self, server: Server, image: ImageRef, settings: ContainerSettings
    ) -> AbstractContextManager["NotedSessions"]:
        self.opened.append(Opened(image, settings, server=server))
        return nullcontext(self)

    def await_jupyter(self, *_: object) -> None:
        self.journal.append("answers")

    def converse(self) -> int:
        return self.exit_code

    def begin(self, _output: object) -> bool:
        self.journal.append("begins")
        self.too_late -= 1
        return self.too_late < 0

    def finish(self) -> int:
        return self.exit_code


@dataclass
class Backstage:
    """What the commands use without knowing it; a test may change the platform."""

    images: NotedImages = field(default_factory=NotedImages)
    sessions: NotedSessions = field(default_factory=NotedSessions)
    platform: ScriptedPlatform = field(default_factory=ScriptedPlatform)
    memory: MemoryHistory = field(default_factory=MemoryHistory)
    bases: list[tuple[str, str | None]] = field(default_factory=list)

    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wiring, "history", self._history)
        monkeypatch.setattr(wiring, "existing_history", self._history)
        monkeypatch.setattr(wiring, "images", lambda *_, **__: self.images)
        monkeypatch.setattr(wiring, "build_base", self._build_base)
        monkeypatch.setattr(wiring, "local_platform", self._local_platform)
        monkeypatch.setattr(wiring, "platforms", self._platforms)
        monkeypatch.setattr(wiring, "require_gpus", lambda: None)
        monkeypatch.setattr(session_wiring, "free_port", _free_port)
        for name in ("shell", "jupyter", "await_jupyter"):
            monkeypatch.setattr(session_wiring, name, getattr(self.sessions, name))
        monkeypatch.setattr(wiring, "provenance", _provenance)

    def _build_base(self, name: str, *, upon: str | None, **_: object) -> str:
        self.bases.append((name, upon))
        return f"caliban-base:{name}"

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
