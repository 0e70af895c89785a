"""The fake's time, and what it allows within a minute."""

from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta

from fakes.refusals import Refused, rate_exceeded

_MINUTE = timedelta(minutes=1)


class Clock:
    """Goes like everybody's; once stopped, it moves only when a test moves it."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._stopped: datetime | None = None

    def stop(self, at: datetime | None = None) -> None:
        self._stopped, self._ahead = at or datetime.now(UTC), timedelta()

    def tick(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return (self._stopped or datetime.now(UTC)) + self._ahead


class Submissions:
    """How many submissions a project may make in a region within any minute."""

    def __init__(self, clock: Clock) -> None:
        self.per_minute: int | None = 60
        self.retry_after = False
        self._clock = clock
        self._times: dict[str, deque[datetime]] = defaultdict(deque)

    def count(self, place: str) -> None:
        """Takes note of one, or refuses it. A refused one doesn't count."""
        if self.per_minute is None:
            return
        now, times = self._clock.now(), self._times[place]
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) >= self.per_minute:
            wait = (times[0] + _MINUTE - now) if times else _MINUTE
            seconds = int(wait.total_seconds()) + 1 if self.retry_after else None
            raise Refused(rate_exceeded(seconds, self.per_minute))
        times.append(now)


def rfc3339(moment: datetime) -> str:
    """As Google writes a moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
