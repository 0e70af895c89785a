"""A history on a server: what can be wrong with it is told, and a restart is outlasted."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from caliban_adapters.sql.engine import PAUSES, open_database
from caliban_adapters.sql.history import SqlHistory, existing_history, open_history
from caliban_domain.errors import HistoryNotWritable, HistoryUnavailable
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import JobSpec
from caliban_domain.names import JobName
from port_contracts.history import (
    ENROLMENT,
    SUCCEEDED,
    enroll_one,
    enroll_seeds,
    names_of,
    planned_by,
    seeded,
    seeds_of,
)
from postgres_server import PASSWORD, PostgresServer

AtOnce = Callable[..., list[str]]


def told(url: str, use: Callable[[str], object] = open_history) -> str:
    """What is said of a history that can't be used; never its password."""
    with pytest.raises(HistoryUnavailable) as caught:
        use(url)
    text = f"{caught.value.message}; {caught.value.hint}"
    assert PASSWORD not in text
    assert "%40" not in text
    return text


def shown(url: str) -> str:
    """A URL as it is shown to people."""
    credentials, _, place = url.partition("@")
    return f"{credentials.rpartition(':')[0]}@{place}"


# What is wrong


@pytest.mark.parametrize("use", [open_history, existing_history])
def test_a_server_that_is_not_there_is_told_at_once(use: Callable[[str], object]) -> None:
    url = "postgresql://totoro:acorn%40forest@127.0.0.1:1/forest"
    assert told(url, use) == (
        "the history postgresql://totoro@127.0.0.1:1/forest can't be reached: Connection refused; "
        "does its server run, and is the URL in $CALIBAN_DB_URL right?"
    )


def test_a_database_that_is_not_there_is_told(postgres: PostgresServer) -> None:
    assert 'can\'t be reached: database "meadow" does not exist' in told(postgres.url("meadow"))


def test_a_wrong_password_is_told_and_not_shown(postgres: PostgresServer) -> None:
    url = postgres.url("postgres").replace(":acorn", ":acorns")
    said = told(url)
    assert 'password authentication failed for user "caliban"' in said
    assert "acorns" not in said


def test_an_option_that_does_not_exist_is_told(on_server: str) -> None:
    assert "acorns" in told(f"{on_server}?acorns=1")


def test_the_database_of_another_program_is_refused(
    empty_postgres: str, postgres: PostgresServer
) -> None:
    name = empty_postgres.rpartition("/")[2]
    postgres.sql("CREATE TABLE acorns (id INTEGER)", name)
    for use in (open_history, existing_history):
        said = told(empty_postgres, use)
        assert said.startswith(f"the database {shown(empty_postgres)} belongs to another program; ")
    assert postgres.sql("SELECT relname FROM pg_stat_user_tables", name) == "acorns"


def test_the_history_of_a_newer_caliban_is_refused(
    on_server: str, postgres: PostgresServer
) -> None:
    name = on_server.rpartition("/")[2]
    postgres.sql("UPDATE alembic_version SET version_num = '9999'", name)
    for use in (open_history, existing_history):
        assert "was written by a newer Caliban: its schema is 9999" in told(on_server, use)


def test_an_empty_database_is_no_history_yet(empty_postgres: str) -> None:
    assert existing_history(empty_postgres) is None


def test_who_may_only_read_can_read(on_server: str, postgres: PostgresServer) -> None:
    with open_history(on_server) as history:
        job = enroll_one(history)
    name = on_server.rpartition("/")[2]
    postgres.sql(f"CREATE ROLE mei LOGIN PASSWORD '{PASSWORD}'")
    postgres.sql("GRANT pg_read_all_data TO mei")
    with open_history(postgres.url(name, "mei")) as history:
        assert list(history.recent()) == [job]
        with pytest.raises(HistoryNotWritable, match="refuses its user: permission denied"):
            enroll_one(history)


def test_people_of_one_role_share_what_any_of_them_makes(
    empty_postgres: str, postgres: PostgresServer
) -> None:
    """As docs/how-to/sharing-a-history.md says."""
    name = empty_postgres.rpartition("/")[2]
    postgres.sql("CREATE ROLE team NOLOGIN")
    postgres.sql(f'ALTER DATABASE "{name}" OWNER TO team')
    for user in ("totoro", "satsuki"):
        postgres.sql(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}' IN ROLE team")
        postgres.sql(f"ALTER ROLE {user} IN DATABASE \"{name}\" SET role = 'team'")
    with open_history(postgres.url(name, "totoro")) as history:
        job = enroll_one(history)
    with open_history(postgres.url(name, "satsuki")) as history:
        history.record({job.name: SUCCEEDED})
        assert len(enroll_seeds(history, 2)) == 1
    assert (
        postgres.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", name)
        == "team"
    )


def test_a_server_that_takes_no_writes_is_told(on_server: str, postgres: PostgresServer) -> None:
    name = on_server.rpartition("/")[2]
    postgres.sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with open_history(on_server) as history:
        assert list(history.recent()) == []
        with pytest.raises(HistoryNotWritable, match=r"can't be written: .* read-only transaction"):
            enroll_one(history)


def test_a_lock_that_lasts_too_long_is_told(on_server: str) -> None:
    holder, waiter = open_database(on_server), open_database(on_server, lock_timeout=0.05)
    with holder.writing() as connection:
        connection.exec_driver_sql("LOCK TABLE meta")
        with pytest.raises(HistoryUnavailable, match="locked by another program for too long"):
            enroll_one(SqlHistory(waiter))
    holder.close()
    waiter.close()


# A server that goes away


class Break:
    """A pause in which something happens to the server."""

    def __init__(self, *happenings: Callable[[], None]) -> None:
        self.said: list[str] = []
        self.pauses: list[float] = []
        self._happenings = list(happenings)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self._happenings:
            self._happenings.pop(0)()


@contextmanager
def watched(url: str, during: Break) -> Iterator[SqlHistory]:
    database = open_database(url, say=during.said.append, pause=during.pause)
    yield SqlHistory(database)
    database.close()


@pytest.fixture
def stopped(postgres: PostgresServer) -> Iterator[Callable[[], None]]:
    """Stops the server, which runs again after the test."""
    yield postgres.stop
    if postgres.is_stopped:
        postgres.start()


def test_a_restart_between_two_steps_is_outlasted(
    on_server: str, postgres: PostgresServer, stopped: Callable[[], None]
) -> None:
    during = Break(lambda: None, postgres.start)
    with watched(on_server, during) as history:
        job = enroll_one(history)
        stopped()
        assert history.record({job.name: SUCCEEDED}) == {job.name: SUCCEEDED}
        assert history.recent()[0].outcome == SUCCEEDED
    assert during.pauses == list(PAUSES[:2])
    assert during.said[0].startswith(f"the history {shown(on_server)} can't be reached: ")
    assert during.said[0].endswith("; trying again in 0.1 s")


def test_a_restart_in_the_middle_of_an_enrolment_is_outlasted(
    on_server: str, postgres: PostgresServer
) -> None:
    restarted: list[JobName] = []

    def plan(experiment: Experiment, name: JobName) -> JobSpec:
        if experiment == seeded(1_500) and not restarted:
            restarted.append(name)
            postgres.stop()
            postgres.start()
        return planned_by(ENROLMENT, experiment, name)

    with watched(on_server, Break()) as history:
        jobs = history.enroll(ENROLMENT, map(seeded, range(2_000)), plan)
        assert restarted
        assert seeds_of(jobs) == list(range(2_000))
        assert list(history.recent()) == list(jobs)


def test_an_answer_that_was_lost_does_no_harm(on_server: str) -> None:
    """The server goes down between a commit and its answer, so that the work is done twice."""
    with watched(on_server, Break()) as history:
        jobs = enroll_seeds(history, 1, 2, 1)
        assert list(enroll_seeds(history, 1, 2, 1)) == list(jobs)
        for _ in range(2):
            history.record({job.name: SUCCEEDED for job in jobs})
            history.settle(names_of(jobs))
        assert list(history.unsettled()) == []


def test_a_server_that_stays_away_is_told(on_server: str, stopped: Callable[[], None]) -> None:
    during = Break()
    with watched(on_server, during) as history:
        enroll_one(history)
        stopped()
        with pytest.raises(HistoryUnavailable, match="can't be reached: Connection refused"):
            history.recent()
    assert during.pauses == list(PAUSES)


def test_a_connection_that_was_cut_while_nobody_spoke_is_not_noticed(
    on_server: str, postgres: PostgresServer
) -> None:
    during = Break()
    with watched(on_server, during) as history:
        job = enroll_one(history)
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'caliban'"
        )
        assert list(history.recent()) == [job]
    assert during.said == []


LOADED = """
import sys
from caliban_adapters.sql.history import open_history
assert "psycopg" not in sys.modules
print("ready", flush=True)
input()
with open_history(sys.argv[1]) as history:
    history.recent()
print(sorted(sys.modules))
"""


def test_the_driver_is_loaded_by_those_who_need_it(
    on_server: str, file: os.PathLike[str], at_once: AtOnce
) -> None:
    sqlite, postgresql = at_once(LOADED, (f"sqlite:///{file}",), (on_server,))
    assert "psycopg" not in sqlite
    assert "psycopg" in postgresql
    assert "alembic" not in postgresql
