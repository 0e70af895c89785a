"""Jobs on a terminal: what they write, and how they begin and end."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from caliban_cli.render import experiment_line
from caliban_cli.say import pass_on, say
from caliban_domain.follow import Event, JobEnded, JobRetried, JobStarted, JobWrote, Stopping
from caliban_domain.jobs import JobStatus, Outcome

_LONGEST: Final = 1 << 16


@contextmanager
def on_screen(*, total: int, prefixed: bool) -> Iterator[Callable[[Event], None]]:
    """What shows the events of one sweep: with a live view where a person looks at several jobs."""
    if not prefixed or not sys.stderr.isatty():
        yield JobConsole(total=total, prefixed=prefixed, say=say).show
        return

    from rich.console import Console

    from caliban_cli.live_view import LiveView

    with LiveView(total=total, console=Console(stderr=True), now=monotonic) as view:
        console = JobConsole(total=total, prefixed=True, say=view.say, write=view.write)

        def show(event: Event) -> None:
            view.see(event)
            console.show(event)

        yield show


class JobConsole:
    """Says what happens to the jobs of one sweep.

    The output of jobs goes to stdout: raw when they run one at a time, so that progress bars
    work; else line by line behind the job's number. All else goes to ``say``.
    """

    def __init__(
        self,
        *,
        total: int,
        prefixed: bool,
        say: Callable[[str], None],
        write: Callable[[bytes], None] = pass_on,
    ) -> None:
        self._total = total
        self._ended = 0
        self._prefixed = prefixed
        self._say = say
        self._pass_on = write
        self._unfinished: dict[int, bytes] = {}

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case JobStarted(job):
                self._say(f"job {job.number} started: {experiment_line(job.experiment)}")
            case JobWrote(job, data):
                self._write(self._lines(job.number, data) if self._prefixed else data)
            case JobEnded(job, outcome):
                self._ended += 1
                self._write(self._rest(job.number))
                count = f" ({self._ended} of {self._total})" if self._total > 1 else ""
                self._say(f"job {job.number} {_ending(outcome)}{count}")
            case JobRetried(job, attempt):
                self._ended -= 1
                self._say(f"job {job.number} is tried again as job {attempt.number}")
            case Stopping(running):
                for number in [*self._unfinished]:
                    self._write(self._rest(number))
                jobs = "1 running job" if running == 1 else f"{running} running jobs"
                self._say(f"stopping {jobs}; Ctrl-C again leaves without waiting for them")

    def _lines(self, number: int, data: bytes) -> bytes:
        """The lines that are whole by now, each behind the job's number; so is a very long one."""
        *whole, rest = (self._unfinished.get(number, b"") + data).split(b"\n")
        if len(rest) > _LONGEST:
            whole, rest = [*whole, rest], b""
        self._unfinished[number] = rest
        return b"".join(_line(number, line) for line in whole)

    def _rest(self, number: int) -> bytes:
        rest = self._unfinished.pop(number, b"")
        return _line(number, rest) if rest else b""

    def _write(self, data: bytes) -> None:
        if data:
            self._pass_on(data)


def _line(number: int, text: bytes) -> bytes:
    return b"[job %d] %b\n" % (number, text)


def _ending(outcome: Outcome) -> str:
    match outcome:
        case Outcome(status=JobStatus.SUCCEEDED):
            return "succeeded"
        case Outcome(status=JobStatus.FAILED, exit_code=int(code), reason=None):
            return f"failed with exit code {code}"
        case Outcome(status=JobStatus.FAILED, exit_code=int(code), reason=reason):
            return f"failed with exit code {code}: {reason}"
        case _:
            return f"is {outcome.status}" + (f": {outcome.reason}" if outcome.reason else "")
