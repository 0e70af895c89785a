"""Time, as far as requests have to wait for it: for their turn, and before they are tried again."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from caliban_adapters.gcp.failures import Busy, Unclear

PER_MINUTE: Final = 60
"""How many jobs a project may submit in a region within a minute, if Google gave it no more."""

_MINUTE: Final = 60.0
_MARGIN: Final = 0.1  # seconds by which the service's minute may differ from ours
_MOMENT: Final = 0.02
_LONGEST: Final = 60.0
_TRIES: Final = 8

_Answer = TypeVar("_Answer")


class HurriedAway(Exception):
    """Whoever waits is not to wait any longer."""


class Clock:
    """The time that passes, until somebody is in a hurry."""

    def __init__(self) -> None:
        self._hurry = threading.Event()

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait. Raises HurriedAway, also while it waits."""
        if self._hurry.wait(seconds):
            raise HurriedAway

    def hurry(self) -> None:
        """From now on nobody waits."""
        self._hurry.set()


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How many jobs may be submitted in a region within a minute, None for any number."""

    per_minute: int | None = PER_MINUTE
    clock: Clock = field(default_factory=Clock)


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """How long to wait before another try: longer each time, and never quite the same.

    ``say`` is told what keeps a request from success, once that has taken more than a moment.
    """

    clock: Clock
    tries: int = _TRIES
    say: Callable[[str], None] = lambda _: None
    chance: Callable[[], float] = random.random

    def wait(self, tried: int, failure: Exception) -> None:
        """Wait after so many tries; at least as long as the service said. Raises HurriedAway."""
        asked = failure.retry_after if isinstance(failure, Busy) else None
        longest = min(_LONGEST, 2.0**tried)
        if tried:
            self.say(f"{str(failure).rstrip('.')}; trying again")
        self.clock.sleep((asked or longest / 2) + self.chance() * longest / 2)

    def repeat(self, ask: Callable[[], _Answer]) -> _Answer:
        """The answer to what can be asked any number of times. Raises the last Failure."""
        for tried in range(self.tries - 1):
            try:
                return ask()
            except (Busy, Unclear) as failure:
                self.wait(tried, failure)
        return ask()


@dataclass(kw_only=True)
class Pacer:
    """Lets so many requests through within any minute, as soon as that allows; None is any number.

    A request counts from the moment of its answer: the service counted it before.
    """

    per_minute: int | None
    clock: Clock
    _answered: deque[float] = field(default_factory=deque)
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """One request, when it is its turn; whether that took time. Raises HurriedAway."""
        if self.per_minute is None:
            yield False
            return
        has_waited = False
        while delay := self._delay(self.per_minute):
            self.clock.sleep(delay)
            has_waited = True
        try:
            yield has_waited
        finally:
            with self._lock:
                self._under_way -= 1
                self._answered.append(self.clock.now())

    def _delay(self, per_minute: int) -> float:
        """How long until there may be room; 0 takes it."""
        with self._lock:
            now = self.clock.now()
            while self._answered and self._answered[0] + _MINUTE + _MARGIN <= now:
                self._answered.popleft()
            if self._under_way + len(self._answered) < per_minute:
                self._under_way += 1
                return 0
            if not self._answered:
                return _MOMENT
            return self._answered[0] + _MINUTE + _MARGIN - now
