"""Jobs as runs of a real MLflow server, with a real PostgreSQL behind it."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow_server import MlflowServer, mlflow_server
from postgres_server import PostgresServer
from workplace import Workplace

pytestmark = pytest.mark.integration

_TUTORIAL = Path(__file__).parent.parent / "tutorials/mlflow"
_ON_HOST = ("--docker_run_args", "--network host")
_PASSWORD = "acorn-c0ffee"  # noqa: S105  # of nobody


@pytest.fixture(scope="module")
def mlflow(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    database = postgres.create("mlflow")
    with mlflow_server(database, tmp_path_factory.mktemp("mlflow")) as server:
        yield server


def configure(place: Workplace, uri: str) -> None:
    config = {"mlflow_config": {"tracking_uri": uri}}
    place.write({".calibanconfig.json": json.dumps(config)})


def test_a_sweep_is_an_experiment_with_a_run_for_each_job(
    workplace: Workplace, group: str, mlflow: MlflowServer
) -> None:
    shutil.copytree(_TUTORIAL, workplace.project, dirs_exist_ok=True)
    settings = (_TUTORIAL / ".calibanconfig.json").read_text()
    workplace.write({".calibanconfig.json": settings.replace("http://127.0.0.1:5000", mlflow.uri)})

    sweep = (
        *("run", "--xgroup", group, "--parallel", "2", *_ON_HOST),
        *("--experiment_config", "experiment.json", "train.py", "--", "--steps", "3"),
    )
    first = workplace.caliban(*sweep).expect(0)
    (again, *_) = workplace.jobs("--xgroup", group)
    workplace.caliban("replay", str(again["job"]), *_ON_HOST).expect(0)
    second = workplace.caliban(*sweep).expect(0)
    assert "MLflow at" not in first.stderr + second.stderr
    assert "skipping 4 jobs" in second.stderr

    jobs = workplace.jobs("--xgroup", group)
    found = {run["info"]["run_name"]: run for run in mlflow.runs(group)}
    assert len(found) == 5
    assert len(mlflow.runs(group, matching="tags.\"param.momentum\" = '0.5'")) == 2
    assert set(found) == {job["name"] for job in jobs}
    assert {run["info"]["status"] for run in found.values()} == {"FINISHED"}
    for job in jobs:
        data = found[job["name"]]["data"]
        tags = {tag["key"]: tag["value"] for tag in data["tags"]}
        parameters = {each["key"]: each["value"] for each in data["params"]}
        assert tags["caliban.xgroup"] == group
        assert tags["caliban.job"] == job["name"]
        assert tags["tutorial"] == "yes"
        assert {name: tags[f"param.{name}"] for name in parameters} == parameters
        assert tags["caliban.args"] == " ".join(job["args"])
        assert {metric["key"] for metric in data["metrics"]} == {"loss"}


_REVEAL = "import os; print(sorted(name for name in os.environ if name.startswith('MLFLOW')))\n"


@pytest.mark.parametrize("words", [(), _ON_HOST], ids=["engine", "client"])
def test_a_password_reaches_the_job_and_is_written_nowhere(
    workplace: Workplace, group: str, mlflow: MlflowServer, words: tuple[str, ...]
) -> None:
    workplace.write({"train.py": _REVEAL})
    configure(workplace, mlflow.uri)
    secrets = {"MLFLOW_TRACKING_USERNAME": "totoro", "MLFLOW_TRACKING_PASSWORD": _PASSWORD}

    ran = workplace.caliban(
        *("run", "-v", "debug", "--nogpu", "--xgroup", group, *words, "train.py"), env=secrets
    ).expect(0)

    assert "MLFLOW_TRACKING_PASSWORD" in ran.stdout
    assert _PASSWORD not in ran.stdout + ran.stderr
    for file in workplace.home.rglob("*"):
        assert not file.is_file() or _PASSWORD.encode() not in file.read_bytes(), file
    with sqlite3.connect(workplace.state / "history.db") as history:
        assert _PASSWORD not in "".join(history.iterdump())


def test_a_server_that_nobody_reaches_is_told_of_and_the_job_runs(
    workplace: Workplace, group: str
) -> None:
    workplace.write({"train.py": "print('ran')"})
    configure(workplace, "http://127.0.0.1:9")

    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py").expect(0)

    assert ran.stdout == "ran\n"
    assert "MLflow at http://127.0.0.1:9 can't be reached from here" in ran.stderr
    assert '--docker_run_args "--network host"' in ran.stderr


def test_mistakes_in_the_settings_stop_before_anything_is_built(workplace: Workplace) -> None:
    workplace.write(
        {
            "train.py": "",
            ".calibanconfig.json": '{"mlflow_config": {\n"tracking_url": "http://a:5000",\n'
            f'"password": "{_PASSWORD}"\n}}}}',
        }
    )

    refused = workplace.caliban("run", "--nogpu", "train.py").expect(2)

    assert ".calibanconfig.json:2: " in refused.stderr
    assert "did you mean 'tracking_uri'?" in refused.stderr
    assert "set $MLFLOW_TRACKING_USERNAME and $MLFLOW_TRACKING_PASSWORD" in refused.stderr
    assert _PASSWORD not in refused.stderr
    assert not workplace.state.exists()
