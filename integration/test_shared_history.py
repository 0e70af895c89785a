"""A history that a team shares: chosen by a URL, on a server that may not be what one hopes."""

import pytest

from postgres_server import PASSWORD, PostgresServer
from workplace import Workplace


@pytest.mark.parametrize(
    ("url", "exit_code", "said"),
    [
        ("s3cret", 2, "the URL of the history's database can't be understood"),
        ("postgresql:/mei:s3cret@host/db", 2, "can't be understood"),
        ("mysql://mei:s3cret@host/db", 2, "a history can't be kept in mysql"),
        ("sqlite://", 2, "names no file"),
        ("postgresql://mei:s3cret@127.0.0.1:1/db", 6, "can't be reached: Connection refused"),
    ],
)
def test_a_history_that_cannot_be_used_is_one_line(
    workplace: Workplace, url: str, exit_code: int, said: str
) -> None:
    workplace.write({"job.sh": ""})
    for command in (("status",), ("run", "--nogpu", "job.sh")):
        finished = workplace.caliban(*command, env={"CALIBAN_DB_URL": url}).expect(exit_code)
        first, *hints = finished.stderr.splitlines()
        assert said in first
        assert all(line.startswith("hint: ") for line in hints)
        assert "s3cret" not in finished.stderr
        assert finished.stdout == ""
        assert not workplace.state.exists()


@pytest.mark.integration
def test_two_people_share_a_history(workplace: Workplace, empty_postgres: str, group: str) -> None:
    workplace.write({"job.sh": "exit 0"})
    shared = {"CALIBAN_DB_URL": empty_postgres}
    for user in ("mei", "totoro"):
        run = ("run", "--nogpu", "--xgroup", group, "job.sh", "--", user)
        workplace.caliban(*run, env={**shared, "LOGNAME": user}).expect(0)
    for user in ("mei", "totoro"):
        (job,) = workplace.jobs(env={**shared, "LOGNAME": user})
        assert (job["args"], job["user"], job["status"]) == ([user], user, "SUCCEEDED")
    assert not (workplace.state / "history.db").exists()


@pytest.mark.integration
def test_a_server_that_is_restarted_during_a_sweep_costs_nothing(
    workplace: Workplace, empty_postgres: str, group: str, postgres: PostgresServer
) -> None:
    workplace.write({"job.sh": "echo begun", "sweep.json": '{"n": [1, 2, 3]}'})
    shared = {"CALIBAN_DB_URL": empty_postgres}
    words = ("run", "--nogpu", "--xgroup", group, "--experiment_config", "sweep.json", "job.sh")
    with workplace.start(*words, env=shared) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begun\n"
        postgres.stop()
        try:
            told = next(line for line in process.stderr if "trying again" in line)
        finally:
            postgres.start()
        assert process.communicate()[0].count("begun") == 2
    assert process.returncode == 0
    assert "can't be reached" in told
    assert PASSWORD not in told
    jobs = workplace.jobs("--xgroup", group, env=shared)
    assert [job["status"] for job in jobs] == ["SUCCEEDED"] * 3
