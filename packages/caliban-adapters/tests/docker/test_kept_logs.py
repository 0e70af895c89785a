"""Kept logs are there whole or not at all, and trouble with one is told when it matters."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from caliban_adapters.docker.bounded_log import Bounds
from caliban_adapters.docker.kept_logs import KeptLogs
from caliban_domain.errors import PlatformError
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.names import JobName

JOB = JobName("a-job")
_LARGEST_PROCESS = 1 << 30  # more than any system has


def test_a_kept_log_is_read_back_from_any_byte(tmp_path: Path) -> None:
    logs = KeptLogs(tmp_path / "logs")
    logs.keep(JOB, [b"one\n", b"two\n"])
    assert logs.has(JOB)
    assert b"".join(logs.read(JOB)) == b"one\ntwo\n"
    assert b"".join(logs.read(JOB, offset=4)) == b"two\n"


def test_a_log_of_any_length_takes_bounded_room(tmp_path: Path) -> None:
    logs = KeptLogs(tmp_path, Bounds(head=1000, tail=1000))
    logs.keep(JOB, (b"%06d\n" % number for number in range(100_000)))
    kept = b"".join(logs.read(JOB))
    assert kept.startswith(b"000000\n000001\n")
    assert b"\n[caliban: 698000 bytes are left out here]\n" in kept
    assert kept.endswith(b"\n099999\n")
    assert (tmp_path / "a-job.log").stat().st_size == len(kept) < 2100
    assert b"".join(logs.read(JOB, offset=700_000 - 7)) == b"099999\n"


def test_only_its_owner_may_read_a_log(tmp_path: Path) -> None:
    KeptLogs(tmp_path / "logs").keep(JOB, [b"private"])
    assert (tmp_path / "logs").stat().st_mode & 0o077 == 0
    assert (tmp_path / "logs/a-job.log").stat().st_mode & 0o077 == 0


def test_a_log_that_ends_in_an_error_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    logs = KeptLogs(tmp_path)
    with pytest.raises(ConnectionError):
        logs.keep(JOB, broken())
    assert not logs.has(JOB)
    assert list(tmp_path.iterdir()) == []


def test_a_growing_log_counts_once_it_is_finished(tmp_path: Path) -> None:
    logs = KeptLogs(tmp_path)
    growing = logs.begin(JOB)
    growing.write(b"all")
    assert not logs.has(JOB)
    growing.finish()
    growing.discard()
    assert b"".join(logs.read(JOB)) == b"all"


def test_what_a_process_that_died_has_left_is_cleared_away(tmp_path: Path) -> None:
    died = tmp_path / f"another-job.{_LARGEST_PROCESS}-140429569799872"
    died.write_bytes(b"ha")
    logs = KeptLogs(tmp_path)
    logs.note_stop(JOB, "stopped by mei")
    logs.keep(JOB, [b"kept"])
    lives = KeptLogs(tmp_path).begin(JobName("third-job"))
    KeptLogs(tmp_path).begin(JOB).discard()
    names = sorted(path.name.partition(".")[0] for path in tmp_path.iterdir())
    assert names == ["a-job", "a-job", "third-job"]
    lives.finish()
    assert logs.has(JobName("third-job"))


def test_trouble_with_a_growing_log_harms_nobody(tmp_path: Path) -> None:
    in_the_way = tmp_path / "logs"
    in_the_way.write_text("a file where the directory should be")
    growing = KeptLogs(in_the_way).begin(JOB)
    growing.write(b"lost")
    growing.finish()
    growing.discard()
    assert growing.trouble is not None


def test_a_log_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    in_the_way = tmp_path / "logs"
    in_the_way.write_text("a file where the directory should be")
    with pytest.raises(PlatformError, match="log of a-job can't be kept"):
        KeptLogs(in_the_way).keep(JOB, [b"x"])


def test_a_log_that_was_never_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="nothing is kept of the log of a-job"):
        list(KeptLogs(tmp_path).read(JOB))


ENDS = [Outcome(status=JobStatus.FAILED, exit_code=143), Outcome(status=JobStatus.SUCCEEDED)]


@pytest.mark.parametrize("seen", [*ENDS, Outcome(status=JobStatus.PLANNED)])
def test_a_job_that_was_stopped_does_not_look_failed_or_done(tmp_path: Path, seen: Outcome) -> None:
    logs = KeptLogs(tmp_path / "logs")
    assert logs.truly(JOB, seen) == seen
    logs.note_stop(JOB, "stopped by mei")
    stopped = replace(seen, status=JobStatus.STOPPED, reason="stopped by mei")
    assert KeptLogs(tmp_path / "logs").truly(JOB, seen) == stopped
    logs.forget_stop(JOB)
    logs.forget_stop(JOB)
    assert logs.truly(JOB, seen) == seen


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.LOST])
def test_a_job_that_is_being_stopped_may_still_run_or_be_gone(
    tmp_path: Path, status: JobStatus
) -> None:
    logs = KeptLogs(tmp_path)
    logs.note_stop(JOB, "stopped by mei")
    assert logs.truly(JOB, Outcome(status=status)) == Outcome(status=status)
