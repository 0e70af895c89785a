"""Flags of commands that submit jobs elsewhere."""

from pathlib import Path

import pytest

from caliban_cli.environment import Environment, read_environment
from caliban_cli.options import Manual, parse
from caliban_cli.remote_flags import RemoteArgs, chosen_labels, export_file, labels
from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode

MANUAL = Manual(command="try", summary="Try it.", examples="", runs_script=True)


@pytest.fixture
def environment(project: Path) -> Environment:
    assert project.is_dir()
    return read_environment()


def parsed(*words: str) -> RemoteArgs:
    return parse(RemoteArgs, MANUAL, [*words, "train.py"]).args


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("a=b", ("a", "b")),
        ("a:b", ("a", "b")),
        ("a=b:c", ("a", "b:c")),
        ("a:b=c", ("a", "b=c")),
        ("a=", ("a", "")),
    ],
)
def test_a_label_is_a_key_and_a_value(written: str, label: tuple[str, str]) -> None:
    assert labels([written]) == dict([label])


@pytest.mark.parametrize("written", ["a", "", "=b", ":b"])
def test_what_is_no_label_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="not a key and a value"):
        labels([written])


def test_labels_can_be_given_many_times_and_the_last_of_a_key_counts() -> None:
    args = parsed("-l", "a=1", "--label", "b:2", "-l", "a=3")
    assert labels(args.label) == {"a": "3", "b": "2"}


def test_caliban_labels_jobs_with_a_name_and_whether_they_have_gpus(
    environment: Environment,
) -> None:
    assert chosen_labels(parsed(), environment, JobMode.GPU) == {
        "job_name": "caliban_totoro",
        "gpu_enabled": "true",
    }
    assert chosen_labels(parsed("--name", "mine"), environment, JobMode.CPU) == {
        "job_name": "mine",
        "gpu_enabled": "false",
    }


def test_jobs_are_exported_to_a_file_below_the_directory(environment: Environment) -> None:
    assert export_file(parsed(), environment) is None
    assert export_file(parsed("--export", "j.yaml"), environment) == environment.cwd / "j.yaml"


@pytest.mark.parametrize(
    ("name", "words"),
    [("jobs.txt", "ends in"), ("no/jobs.json", "no/"), ("x.json", "is a directory")],
)
def test_a_file_that_cannot_be_exported_to_is_refused(
    environment: Environment, name: str, words: str
) -> None:
    (environment.cwd / "x.json").mkdir()
    with pytest.raises(UsageError, match=words):
        export_file(parsed("--export", name), environment)
