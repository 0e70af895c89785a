"""Enrolling 100,000 experiments, against a bare executemany of the same rows."""

import gc
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from caliban_adapters.sql.history import open_history
from caliban_domain.experiments import Experiment, sweep_of
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import JobSpec, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Enrolment
from caliban_domain.provenance import Provenance
from side_by_side import Contender, report_memory, report_times

LIMIT = 3.0
ROUNDS = 5
SELECTS = {
    table: f"SELECT * FROM {table}"  # noqa: S608  no words of others
    for table in ("groups", "image_specs", "experiments", "launches", "jobs")
}

SWEEP = {
    "learning_rate": [round(0.001 * step, 3) for step in range(1, 101)],
    "batch_size": [2**power for power in range(10)],
    "seed": list(range(100)),
}
ENROLMENT = Enrolment(
    group=GroupName("a-large-sweep"),
    spec=ImageSpec(project="/project", mode=JobMode.CPU, base_image="python:3.12-slim", folder="."),
    image=ImageRef("sha256:" + "1f" * 32),
    script="train.py",
    platform=PlatformName.LOCAL,
    user="totoro",
    host="camphor",
    now=datetime(2026, 1, 2, tzinfo=UTC),
    provenance=Provenance(version="0.5.0", command=("python", "train.py")),
)


def main() -> None:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            ours.append(enrolling(Path(folder, "ours.db")))
            theirs.append(inserting(Path(folder, "ours.db"), Path(folder, "theirs.db")))
    what = "enrolling 100,000 experiments / executemany of their rows"
    report_times(what, ours, theirs, limit=LIMIT)
    with tempfile.TemporaryDirectory() as folder:
        alone = Contender(
            name="enrolling 100,000 experiments",
            argv=[sys.executable, __file__, str(Path(folder, "history.db"))],
        )
        report_memory(alone, limit=200)


def enrolling(file: Path) -> float:
    """Seconds in which a history, new in the file, takes the sweep."""
    with open_history(file) as history:
        gc.collect()
        begin = time.perf_counter()
        history.enroll(ENROLMENT, sweep_of(SWEEP, "the sweep").experiments(), planned)
        return time.perf_counter() - begin


def inserting(source: Path, file: Path) -> float:
    """Seconds in which the same tables, empty in the file, take the rows of the source."""
    open_history(file).close()
    with closing(sqlite3.connect(source)) as filled:
        rows = {table: filled.execute(select).fetchall() for table, select in SELECTS.items()}
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        gc.collect()
        begin = time.perf_counter()
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608  ours
        connection.commit()
        return time.perf_counter() - begin


def planned(experiment: Experiment, name: JobName) -> JobSpec:
    """A job as a platform plans it: with the arguments that it will be given."""
    return JobSpec(name=name, image=ENROLMENT.image, payload={"argv": [*experiment.argv]})


if __name__ == "__main__":
    if sys.argv[1:]:
        enrolling(Path(sys.argv[1]))
    else:
        main()
