"""What stand-ins did, in order, and how a process that is killed looks to them.

Every act of a stand-in is a step of the journal they share. A journal can break off at any step,
before or after its effect, and then nothing acts any more: the process is gone, and platform and
history outlive it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from caliban_domain.errors import CalibanError

PATIENCE: Final = 10.0
"""Seconds after which a stand-in that waits for something fails, rather than hang the tests."""


class Crash(CalibanError):
    """The process is gone: whatever it meant to do next doesn't happen."""


class Journal:
    """What the stand-ins did, in order; breaks off before its step number ``breaks_at``."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.entries: list[str] = []
        self._left = breaks_at
        self._acting = 0
        self._changed = threading.Condition()

    @contextmanager
    def act(self, what: str | None = None) -> Iterator[None]:
        self._step(+1)
        if what:
            self.entries.append(what)
        try:
            yield
        finally:
            with self._changed:
                self._acting -= 1
                self._changed.notify_all()
        self._step()

    def wait_until_quiet(self) -> None:
        """Let the acts end that were under way when the journal broke off."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._acting, PATIENCE), "waited in vain"

    def _step(self, acting: int = 0) -> None:
        with self._changed:
            if self._left == 0:
                raise Crash("killed")
            if self._left is not None:
                self._left -= 1
            self._acting += acting
