"""Time that passes at once."""

import threading
from collections.abc import Callable

from caliban_adapters.vertex.patience import Clock, HurriedAway


class FastClock(Clock):
    """Sleeping moves it; those who sleep at the same time sleep through the same time.

    ``tick`` is told how far it has moved, for whoever keeps a clock of their own.
    """

    def __init__(self, tick: Callable[[float], None] = lambda _: None) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._now = 0.0
        self._is_hurried = False
        self._tick = tick
        self._moving = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        until = self._now + seconds
        if self._is_hurried:
            raise HurriedAway
        with self._moving:
            if until > self._now:
                self._tick(until - self._now)
                self._now = until
            self.slept.append(seconds)

    def hurry(self) -> None:
        self._is_hurried = True
