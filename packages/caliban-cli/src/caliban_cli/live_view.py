"""A sweep on a terminal: what has become of it so far, and a line for each job that runs."""

import sys
from collections.abc import Callable
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from caliban_cli.render import experiment_line
from caliban_cli.say import pass_on
from caliban_domain.follow import Event, JobEnded, JobRetried, JobStarted, Stopping
from caliban_domain.jobs import JobStatus

_OTHER_LINES = 2  # of the terminal: the counts, and at least one of what is printed
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


class LiveView:
    """Stays below everything else that is printed, until jobs are stopped or its context is left.

    ``now`` counts seconds from any moment on.
    """

    def __init__(self, *, total: int, console: Console, now: Callable[[], float]) -> None:
        self._total = total
        self._console = console
        self._now = now
        self._begin = now()
        self._running: dict[int, tuple[float, str]] = {}
        self._succeeded = 0
        self._failed = 0
        self._live = Live(
            console=console,
            get_renderable=self.picture,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def see(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case JobStarted(job):
                self._running[job.number] = (self._now(), experiment_line(job.experiment))
            case JobEnded(job, outcome):
                self._running.pop(job.number, None)
                if outcome.status is JobStatus.SUCCEEDED:
                    self._succeeded += 1
                else:
                    self._failed += 1
            case JobRetried():
                self._failed -= 1
            case Stopping():
                # A second interrupt leaves at once, and would leave the cursor hidden.
                self._live.stop()

    def say(self, line: str) -> None:
        """Print a line above the view."""
        self._console.print(Text(line), soft_wrap=True)

    def write(self, data: bytes) -> None:
        """Pass on what jobs wrote: above the view, unless stdout leads elsewhere."""
        if sys.stdout.isatty():
            text = Text.from_ansi(data.decode(errors="replace").removesuffix("\n"))
            self._console.print(text, soft_wrap=True)
        else:
            pass_on(data)

    def picture(self) -> Group:
        """The view as it is at the moment."""
        lines = [
            f"  job {number}  {_duration(self._now() - since):>7}  {line}"
            for number, (since, line) in self._running.items()
        ]
        room = max(0, self._console.height - _OTHER_LINES)
        if len(lines) > room:
            shown = max(0, room - 1)
            lines[shown:] = [f"  and {len(lines) - shown} more"][:room]
        texts = (Text(line, no_wrap=True, overflow="ellipsis") for line in lines)
        return Group(*texts, Text(self._summary(), style="bold"))

    def _summary(self) -> str:
        done = self._succeeded + self._failed
        counts = (
            f"{done} of {self._total} done, {self._failed} failed, {len(self._running)} running"
        )
        elapsed = self._now() - self._begin
        if not done or elapsed <= 0:
            return counts
        left = (self._total - done) * elapsed / done
        return f"{counts}, {60 * done / elapsed:.3g} a minute, about {_duration(left)} left"


def _duration(seconds: float) -> str:
    """The largest unit that fits and the next one: ``2h 5min``."""
    whole = round(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, whole = divmod(whole, size)
        if count or parts:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
