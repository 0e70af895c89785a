"""The output of jobs, raw or line by line, and what is said around it."""

from collections.abc import Sequence

import pytest

from caliban_cli.job_console import JobConsole, on_screen
from caliban_domain.follow import Event, JobEnded, JobRetried, JobStarted, JobWrote, Stopping
from caliban_domain.jobs import JobStatus, Outcome

from .examples import experiment, job

ONE = job(1, experiment(1, "--lr", "0.1"))
TWO = job(2, experiment(2, "--lr", "two words"))
RUNNING = Outcome(status=JobStatus.RUNNING)
SUCCEEDED = Outcome(status=JobStatus.SUCCEEDED, exit_code=0)

Output = pytest.CaptureFixture[bytes]


def shown(events: Sequence[Event], *, total: int = 1, prefixed: bool = False) -> list[str]:
    """What is said about the events."""
    said: list[str] = []
    console = JobConsole(total=total, prefixed=prefixed, say=said.append)
    for event in events:
        console.show(event)
    return said


def test_the_output_of_a_single_job_passes_untouched(capsysbinary: Output) -> None:
    pieces = [b"10%\r", b"20%\r", b"\xff\xfe\0", b"\n\nno newline"]
    shown([*(JobWrote(ONE, piece) for piece in pieces), JobEnded(ONE, SUCCEEDED)])
    assert capsysbinary.readouterr().out == b"".join(pieces)


def test_the_output_of_parallel_jobs_has_the_number_before_each_line(capsysbinary: Output) -> None:
    shown(
        [
            JobWrote(ONE, b"epoch 1\nepo"),
            JobWrote(TWO, b"hello\n"),
            JobWrote(ONE, b"ch 2\n\n"),
        ],
        prefixed=True,
    )
    assert capsysbinary.readouterr().out == (
        b"[job 1] epoch 1\n[job 2] hello\n[job 1] epoch 2\n[job 1] \n"
    )


def test_a_line_appears_once_it_is_whole(capsysbinary: Output) -> None:
    console = JobConsole(total=2, prefixed=True, say=lambda _: None)
    expected = {b"a": b"", b"b": b"", b"\nc\nd": b"[job 1] ab\n[job 1] c\n", b"": b""}
    for piece, lines in expected.items():
        console.show(JobWrote(ONE, piece))
        assert capsysbinary.readouterr().out == lines


def test_a_line_without_end_is_passed_on_in_parts(capsysbinary: Output) -> None:
    console = JobConsole(total=2, prefixed=True, say=lambda _: None)
    for _ in range(3):
        console.show(JobWrote(ONE, b"x" * 50_000))
    assert capsysbinary.readouterr().out == b"[job 1] " + b"x" * 100_000 + b"\n"


def test_a_character_split_between_pieces_stays_whole(capsysbinary: Output) -> None:
    first, last = "ü".encode()[:1], "ü".encode()[1:]
    shown([JobWrote(ONE, first), JobWrote(TWO, b"x\n"), JobWrote(ONE, last + b"\n")], prefixed=True)
    assert capsysbinary.readouterr().out.decode() == "[job 2] x\n[job 1] ü\n"


def test_a_last_line_without_newline_is_shown_when_the_job_ends(capsysbinary: Output) -> None:
    shown(
        [
            JobWrote(ONE, b"one"),
            JobWrote(TWO, b"two"),
            JobEnded(TWO, SUCCEEDED),
            JobEnded(ONE, SUCCEEDED),
        ],
        prefixed=True,
    )
    assert capsysbinary.readouterr().out == b"[job 2] two\n[job 1] one\n"


def test_a_job_that_wrote_whole_lines_gets_no_empty_one(capsysbinary: Output) -> None:
    shown([JobWrote(ONE, b"done\n"), JobEnded(ONE, SUCCEEDED)], prefixed=True)
    assert capsysbinary.readouterr().out == b"[job 1] done\n"


def test_the_beginning_of_a_job_names_its_arguments() -> None:
    said = shown([JobStarted(ONE, RUNNING), JobStarted(TWO, RUNNING)])
    assert said == [
        "job 1 started: cpu.py --lr 0.1",
        "job 2 started: cpu.py --lr 'two words'",
    ]


def test_the_ends_of_a_sweep_are_counted() -> None:
    said = shown([JobEnded(TWO, SUCCEEDED), JobEnded(ONE, SUCCEEDED)], total=2)
    assert said == ["job 2 succeeded (1 of 2)", "job 1 succeeded (2 of 2)"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (SUCCEEDED, "job 1 succeeded"),
        (Outcome(status=JobStatus.FAILED, exit_code=3), "job 1 failed with exit code 3"),
        (
            Outcome(status=JobStatus.FAILED, exit_code=137, reason="it ran out of memory"),
            "job 1 failed with exit code 137: it ran out of memory",
        ),
        (
            Outcome(status=JobStatus.FAILED, reason="the engine has no image x"),
            "job 1 is FAILED: the engine has no image x",
        ),
        (Outcome(status=JobStatus.STOPPED), "job 1 is STOPPED"),
        (Outcome(status=JobStatus.LOST, reason="gone"), "job 1 is LOST: gone"),
    ],
)
def test_an_end_is_told_with_its_cause(outcome: Outcome, said: str) -> None:
    assert shown([JobEnded(ONE, outcome)]) == [said]


def test_an_interrupt_is_answered_with_what_happens_next() -> None:
    assert shown([Stopping(1), Stopping(3)]) == [
        "stopping 1 running job; Ctrl-C again leaves without waiting for them",
        "stopping 3 running jobs; Ctrl-C again leaves without waiting for them",
    ]


def test_what_is_said_never_mixes_with_the_output(capsysbinary: Output) -> None:
    shown([JobStarted(ONE, RUNNING), JobEnded(ONE, SUCCEEDED), Stopping(0)], prefixed=True)
    assert capsysbinary.readouterr() == (b"", b"")


def test_a_job_that_is_tried_again_has_not_been_counted() -> None:
    failed = Outcome(status=JobStatus.FAILED, exit_code=1)
    said = shown([JobEnded(ONE, failed), JobRetried(ONE, TWO), JobEnded(TWO, SUCCEEDED)], total=2)
    assert said == [
        "job 1 failed with exit code 1 (1 of 2)",
        "job 1 is tried again as job 2",
        "job 2 succeeded (1 of 2)",
    ]


def test_where_nobody_looks_lines_are_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with on_screen(total=1, prefixed=True) as show:
        show(JobStarted(ONE, RUNNING))
        show(JobWrote(ONE, b"hello\n"))
        show(JobEnded(ONE, SUCCEEDED))
    printed = capsys.readouterr()
    assert printed.out == "[job 1] hello\n"
    assert printed.err == "job 1 started: cpu.py --lr 0.1\njob 1 succeeded\n"
