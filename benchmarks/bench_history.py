"""Status over a history of 1,000,000 jobs in 1,000 groups, against the same over an empty one."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from caliban_adapters.sql.history import open_history
from caliban_domain.images import ImageSpec, JobMode
from postgres_server import postgres_server
from side_by_side import SCRIPTS, Contender, compare

GROUPS = 1_000
JOBS_OF_A_GROUP = 1_000
LIMIT = 2
ROUNDS = 9
BATCH = 10_000
NOW = 1_767_323_045_000_000
SPEC = ImageSpec(project="/project", mode=JobMode.CPU, base_image="python:3.12-slim", folder=".")

Rows = Iterator[Sequence[object]]


def main() -> None:
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        server = opened.enter_context(postgres_server())
        sqlite = (f"sqlite:///{folder}/full.db", f"sqlite:///{folder}/empty.db")
        postgresql = (server.create("full"), server.create("empty"))
        for full, empty in (sqlite, postgresql):
            for url in (full, empty):
                open_history(url).close()
        fill_sqlite(Path(folder, "full.db"))
        fill_postgresql(postgresql[0])
        for kind, (full, empty) in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            bare = status(f"over an empty history in {kind}", empty)
            last = status("caliban status (last 50)", full)
            group = status("caliban status --xgroup (1,000 jobs)", full, "--xgroup", "group-500")
            for contender in (last, group):
                compare(contender, bare, limit=LIMIT, rounds=ROUNDS)


def status(name: str, url: str, *words: str) -> Contender:
    environment = {"CALIBAN_DB_URL": url, "LOGNAME": "user-0"}
    return Contender(
        name=name, argv=[str(SCRIPTS / "caliban"), "status", *words], environment=environment
    )


def tables() -> dict[str, Rows]:
    """The rows of every table, in the order in which they can be filled."""
    numbers = range(1, GROUPS + 1)
    spec = {name: getattr(SPEC, name) for name in SPEC.__slots__}
    return {
        "groups": ((number, f"group-{number}") for number in numbers),
        "image_specs": iter([(1, SPEC.key, json.dumps(spec))]),
        "launches": ((number, "0.5.0", '["python"]', None, None, None, None) for number in numbers),
        "experiments": experiments(),
        "jobs": jobs(),
    }


def experiments() -> Rows:
    for number in range(1, GROUPS * JOBS_OF_A_GROUP + 1):
        argv = json.dumps(["--learning_rate", "0.01", "--seed", str(number)])
        group = (number - 1) // JOBS_OF_A_GROUP + 1
        yield (number, group, 1, f"{number:016x}", "train.py", argv)


def jobs() -> Rows:
    """All of one user, all ended; a few of the newest haven't been let go of yet."""
    total = GROUPS * JOBS_OF_A_GROUP
    for number in range(1, total + 1):
        launch = (number - 1) // JOBS_OF_A_GROUP + 1
        created = NOW + number * 1_000_000
        yield (
            *(number, number, f"group-{launch}-{number}-abcdef01-1", "K8S", "SUCCEEDED"),
            *("user-0", "camphor", "sha256:" + "1f" * 32),
            json.dumps({"command": ["python", "train.py", "--seed", str(number)]}),
            *(created, 0, created + 1_000_000, "engine", None, True, created, launch),
        )


def fill_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for table, rows in tables().items():
            first = next(rows)
            marks = ", ".join("?" * len(first))
            insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608  ours
            connection.execute(insert, first)
            connection.executemany(insert, rows)
        connection.commit()


def fill_postgresql(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for table, rows in tables().items():
            copy: Any = connection.cursor().copy(f"COPY {table} FROM STDIN")
            with copy as copying:
                while batch := list(islice(rows, BATCH)):
                    copying.write("".join("\t".join(map(as_text, row)) + "\n" for row in batch))
        # What every server does by itself, a minute later.
        connection.execute("VACUUM ANALYZE")


def as_text(value: object) -> str:
    """A value in the text format of COPY; none of ours needs to be quoted."""
    return r"\N" if value is None else str(value)


if __name__ == "__main__":
    main()
