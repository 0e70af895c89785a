"""What MLflow's client finds in the environment of a job."""

import json

import pytest

from caliban_domain.experiments import Experiment
from caliban_domain.mlflow import MlflowConfig, Tracking, named, secrets
from caliban_domain.names import GroupName, JobName

CONFIG = MlflowConfig(tracking_uri="http://mlflow:5000", tags={"team": "forest"})
TRACKING = Tracking(CONFIG, GroupName("rates"))


def tags_of(experiment: Experiment, tracking: Tracking = TRACKING) -> dict[str, str]:
    environment = named(tracking.environment(experiment), JobName("rates-1-ab-1"))
    tags: dict[str, str] = json.loads(environment["MLFLOW_RUN_CONTEXT"])
    return tags


def test_a_job_knows_server_experiment_and_run() -> None:
    experiment = Experiment((("rate", 0.1), ("fast", True)), ("--epochs", "5"))
    environment = named(TRACKING.environment(experiment), JobName("rates-1-ab-1"))
    assert environment.pop("MLFLOW_RUN_CONTEXT")
    assert environment == {
        "MLFLOW_TRACKING_URI": "http://mlflow:5000",
        "MLFLOW_EXPERIMENT_NAME": "rates",
    }
    assert tags_of(experiment) == {
        "mlflow.runName": "rates-1-ab-1",
        "caliban.job": "rates-1-ab-1",
        "caliban.xgroup": "rates",
        "caliban.args": "--epochs 5 --rate 0.1 --fast",
        "team": "forest",
        "param.epochs": "5",
        "param.rate": "0.1",
        "param.fast": "true",
    }


def test_the_next_attempt_has_its_own_name_and_the_same_parameters() -> None:
    recorded = TRACKING.environment(Experiment((("rate", 1),)))
    first, second = (
        json.loads(named(recorded, JobName(name))["MLFLOW_RUN_CONTEXT"]) for name in ("a-1", "a-2")
    )
    assert (first["mlflow.runName"], second["mlflow.runName"]) == ("a-1", "a-2")
    assert first["param.rate"] == second["param.rate"] == "1"


def test_a_job_that_is_not_tracked_keeps_its_environment() -> None:
    assert named({"A": "b"}, JobName("a-1")) == {"A": "b"}


@pytest.mark.parametrize(
    ("flags", "tags"),
    [
        ((("sizes", (1, 2)),), {"param.sizes": "[1, 2]"}),
        ((("fast", False),), {"param.fast": "false"}),
        ((("a/b", 1), ("a+b", 2)), {"param.a_b": "1", "param.a_b-2": "2"}),
    ],
)
def test_every_parameter_is_a_tag_that_mlflow_accepts(
    flags: tuple[tuple[str, str], ...], tags: dict[str, str]
) -> None:
    assert tags.items() <= tags_of(Experiment(flags)).items()


def test_a_swept_parameter_wins_over_a_shared_argument_as_it_does_in_the_script() -> None:
    assert tags_of(Experiment((("rate", 2),), ("--rate", "1")))["param.rate"] == "2"


def test_more_parameters_than_a_variable_can_hold_still_leave_the_first_ones() -> None:
    tags = tags_of(Experiment(tuple((f"p{number}", "x" * 1000) for number in range(200))))
    assert "param.p0" in tags
    assert "param.p199" not in tags


def test_what_a_sweep_says_never_takes_the_place_of_what_a_person_chose() -> None:
    tracking = Tracking(
        MlflowConfig(tracking_uri="http://a", tags={"param.rate": "mine", "caliban.job": "mine"}),
        GroupName("rates"),
    )
    tags = tags_of(Experiment((("rate", 2),)), tracking)
    assert (tags["param.rate"], tags["param.rate-2"]) == ("mine", "2")
    assert tags["caliban.job"] == "rates-1-ab-1"


@pytest.mark.parametrize(
    ("uri", "is_this_machine"),
    [
        ("http://localhost:5000", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:5000/mlflow", True),
        ("http://localhost.example", False),
        ("https://mlflow.example/", False),
        ("http://172.17.0.1:5000", False),
    ],
)
def test_an_address_of_this_machine_is_known(uri: str, *, is_this_machine: bool) -> None:
    assert MlflowConfig(tracking_uri=uri).is_this_machine is is_this_machine


def test_of_a_processs_variables_only_the_trackers_secrets_are_taken() -> None:
    variables = {"MLFLOW_TRACKING_TOKEN": "acorn", "HOME": "/home/totoro"}
    assert secrets(variables) == {"MLFLOW_TRACKING_TOKEN": "acorn"}
