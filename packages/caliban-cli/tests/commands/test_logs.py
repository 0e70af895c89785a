"""``caliban logs`` for jobs that wait, run and have ended, and for those that it can't show."""

from dataclasses import replace

import pytest

from caliban_domain.jobs import JobStatus, Outcome
from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252

RUN = ("run", "--nogpu", "train.py")


def run(caliban: Caliban, backstage: Backstage, play: Play, exit_code: int) -> None:
    backstage.platform = ScriptedPlatform({"": play})
    assert caliban(*RUN, files={"train.py": ""}).exit_code == exit_code


def test_the_log_is_printed_byte_for_byte(caliban: Caliban, backstage: Backstage) -> None:
    run(caliban, backstage, Play(output=[b"50%\r", b"\xff\n"], exit_code=3), 7)
    finished = caliban("logs", "1")
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout.encode(errors="surrogateescape") == b"50%\r\xff\n"


@pytest.mark.parametrize("words", [("-f", "1"), ("1", "-f"), ("--follow", "1")])
def test_a_running_job_is_followed_to_its_end(
    caliban: Caliban, backstage: Backstage, words: tuple[str, ...]
) -> None:
    run(caliban, backstage, Play(unavailable_in="logs"), 5)
    backstage.platform = ScriptedPlatform({"": Play(output=[b"done\n"])})
    (job,) = backstage.memory.recent()
    backstage.platform.submit(job.spec)
    assert caliban("logs", *words).stdout == "done\n"
    assert backstage.platform.running == set()


def test_a_job_that_never_started_has_written_nothing(
    caliban: Caliban, backstage: Backstage
) -> None:
    run(caliban, backstage, Play(unavailable_in="submit"), 5)
    waiting = caliban("logs", "1")
    assert (waiting.exit_code, waiting.stdout) == (3, "")
    assert waiting.complaint == "job 1 hasn't started, so it has written nothing"
    (job,) = backstage.memory.recent()
    backstage.memory.record({job.name: Outcome(status=JobStatus.STOPPED, reason="given up")})
    given_up = caliban("logs", "1")
    assert given_up.complaint == "job 1 never started, so it has written nothing: given up"


@pytest.mark.usefixtures("backstage")
def test_an_unknown_job_is_a_usage_error(caliban: Caliban) -> None:
    finished = caliban("logs", "99")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == "there is no job 99"


def test_without_a_history_there_is_no_job(caliban: Caliban) -> None:
    assert caliban("logs", "1").complaint == "there is no job 1"


@pytest.mark.parametrize("given", ["0", "first", "-1"])
def test_a_job_is_named_by_its_number(caliban: Caliban, given: str) -> None:
    assert caliban("logs", given).exit_code == 2


def test_the_log_of_another_machines_job_is_there(caliban: Caliban, backstage: Backstage) -> None:
    run(caliban, backstage, Play(), 0)
    (job,) = backstage.memory.recent()
    elsewhere = replace(job, host="camphor")
    backstage.memory.numbered = lambda _: [elsewhere]  # type: ignore[method-assign]
    finished = caliban("logs", "1")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == "job 1 ran on camphor, which keeps its log"
    assert finished.hint == "type caliban logs 1 there"
