"""``caliban why`` for a job and for a group."""

import pytest

from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252

FILES = {"train.py": "", "sweep.json": '{"n": [1, 2, 3]}'}
SWEEP = ("run", "--nogpu", "--xgroup", "g", "--experiment_config", "sweep.json", "train.py")
LOG = b"""\
Traceback (most recent call last):
  File "/usr/app/train.py", line 12, in main
ValueError: %d is too much
"""


@pytest.fixture
def two_failed(caliban: Caliban, backstage: Backstage) -> Backstage:
    backstage.platform = ScriptedPlatform(
        {str(n): Play(output=[b"epoch 1\n", LOG % n], exit_code=1) for n in (2, 3)}
    )
    assert caliban(*SWEEP, files=FILES).exit_code == 7
    return backstage


@pytest.mark.usefixtures("two_failed")
def test_a_job_gets_a_sentence_and_the_next_command(caliban: Caliban) -> None:
    finished = caliban("why", "2")
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == (
        "job 2 failed with exit code 1, at train.py line 12: ValueError: 2 is too much\n"
        "next: caliban logs 2\n"
    )


@pytest.mark.usefixtures("two_failed")
def test_the_same_failures_of_a_group_are_counted_together(caliban: Caliban) -> None:
    assert caliban("why", "g").stdout == (
        "2 of 3 failed at train.py line 12: ValueError: 2 is too much (jobs 2, 3)\n"
        "1 of 3 succeeded (job 1)\n"
        "next: caliban logs 2\n"
    )


def test_a_log_that_cannot_be_read_leaves_the_rest_of_the_sentence(
    caliban: Caliban, two_failed: Backstage
) -> None:
    two_failed.platform.is_reachable = False
    assert caliban("why", "2").stdout.startswith("job 2 failed with exit code 1\n")


@pytest.mark.usefixtures("two_failed")
@pytest.mark.parametrize(
    ("subject", "complaint"),
    [
        ("99", "there is no job 99"),
        ("h", "there is no experiment group 'h'"),
        (" ", "' ' can't be the name of an experiment group"),
    ],
)
def test_what_does_not_exist_is_a_usage_error(
    caliban: Caliban, subject: str, complaint: str
) -> None:
    finished = caliban("why", subject)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint.startswith(complaint)


@pytest.mark.usefixtures("two_failed")
def test_a_group_without_jobs_of_ones_own_says_so(caliban: Caliban) -> None:
    finished = caliban("why", "g", env={"LOGNAME": "mei"})
    assert (finished.exit_code, finished.complaint) == (3, "xgroup g holds no jobs of mei")


@pytest.mark.usefixtures("two_failed")
def test_a_group_of_other_people_is_told_of_when_it_is_asked_for(caliban: Caliban) -> None:
    told = caliban("why", "g", "--all_users", env={"LOGNAME": "mei"}).stdout
    assert told.startswith("2 of 3 failed at train.py line 12: ")


@pytest.mark.usefixtures("two_failed")
def test_a_group_may_be_called_like_a_number_that_no_job_has(caliban: Caliban) -> None:
    assert caliban("run", "--nogpu", "--xgroup", "2026", "train.py").exit_code == 0
    assert caliban("why", "2026").stdout.startswith("1 of 1 succeeded (job 4)\n")
    assert caliban("why", "2027").complaint == "there is no job 2027"


@pytest.mark.parametrize("subject", ["1", "g"])
def test_without_a_history_nothing_is_known(caliban: Caliban, subject: str) -> None:
    assert caliban("why", subject).exit_code == 2
