"""What a person sees of a sweep while it runs."""

import io

import pytest
from rich.console import Console

from caliban_cli.live_view import LiveView
from caliban_domain.follow import Event, JobEnded, JobRetried, JobStarted, Stopping
from caliban_domain.jobs import JobStatus, Outcome

from .examples import experiment, job

ONE = job(1, experiment(1, "--lr", "0.1"))
TWO = job(2, experiment(2, "--lr", "two words"))
RUNNING = Outcome(status=JobStatus.RUNNING)
SUCCEEDED = Outcome(status=JobStatus.SUCCEEDED, exit_code=0)
FAILED = Outcome(status=JobStatus.FAILED, exit_code=1)


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def seen(*events: tuple[float, Event], at: float, total: int = 4, height: int = 24) -> list[str]:
    """The lines of the view at a moment, after events that happened before."""
    watch = Watch()
    console = Console(file=io.StringIO(), width=80, height=height, force_terminal=False)
    view = LiveView(total=total, console=console, now=watch)
    for moment, event in events:
        watch.seconds = moment
        view.see(event)
    watch.seconds = at
    with console.capture() as capture:
        console.print(view.picture())
    return capture.get().splitlines()


def test_at_first_there_is_nothing_to_reckon_with() -> None:
    assert seen(at=5) == ["0 of 4 done, 0 failed, 0 running"]


def test_each_running_job_has_a_line_with_its_time() -> None:
    lines = seen((0, JobStarted(ONE, RUNNING)), (60, JobStarted(TWO, RUNNING)), at=3661)
    assert lines == [
        "  job 1  1h 1min  cpu.py --lr 0.1",
        "  job 2  1h 0min  cpu.py --lr 'two words'",
        "0 of 4 done, 0 failed, 2 running",
    ]


def test_the_rate_and_the_time_left_follow_from_what_is_done() -> None:
    lines = seen(
        (0, JobStarted(ONE, RUNNING)),
        (30, JobEnded(ONE, SUCCEEDED)),
        (30, JobStarted(TWO, RUNNING)),
        (60, JobEnded(TWO, FAILED)),
        at=60,
    )
    assert lines == ["2 of 4 done, 1 failed, 0 running, 2 a minute, about 1min 0s left"]


def test_a_job_that_is_tried_again_has_not_failed() -> None:
    lines = seen((1, JobEnded(ONE, FAILED)), (1, JobRetried(ONE, TWO)), at=2)
    assert lines == ["0 of 4 done, 0 failed, 0 running"]


def test_a_line_that_is_too_long_is_cut() -> None:
    long = job(3, experiment(3, "--text", "x" * 200))
    (line, _) = seen((0, JobStarted(long, RUNNING)), at=0)
    assert len(line) == 80


@pytest.mark.parametrize(
    ("height", "expected"),
    [
        (8, ["job 1", "job 2", "job 3", "job 4", "job 5", "job 6", "0 of 6 done"]),
        (6, ["job 1", "job 2", "job 3", "and 3 more", "0 of 6 done"]),
        (3, ["and 6 more", "0 of 6 done"]),
        (1, ["0 of 6 done"]),
    ],
)
def test_more_jobs_than_the_terminal_has_lines_leave_room_for_the_counts(
    height: int, expected: list[str]
) -> None:
    begun = [(0.0, JobStarted(job(n, experiment(n)), RUNNING)) for n in range(1, 7)]
    lines = seen(*begun, at=0, total=6, height=height)
    assert [line.strip().split("  ")[0].split(",")[0] for line in lines] == expected


def test_output_that_goes_elsewhere_stays_as_it_is(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    with LiveView(total=1, console=Console(file=io.StringIO()), now=Watch()) as view:
        view.write(b"\xff raw")
    assert capsysbinary.readouterr().out == b"\xff raw"


def test_once_jobs_are_stopped_there_is_no_view_that_a_second_interrupt_could_leave_behind() -> (
    None
):
    screen = io.StringIO()
    with LiveView(
        total=1, console=Console(file=screen, width=60, force_terminal=True), now=Watch()
    ) as view:
        view.see(Stopping(1))
        assert "\x1b[?25h" in screen.getvalue(), "the cursor is shown"
        view.say("job 1 is STOPPED")
    assert screen.getvalue().endswith("job 1 is STOPPED\n")


def test_what_is_said_stands_above_the_view() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=60, force_terminal=True)
    with LiveView(total=1, console=console, now=Watch()) as view:
        view.say("job 1 started: [red]cpu.py")
    assert "job 1 started: [red]cpu.py\n" in screen.getvalue()
