"""What flags and files together ask of an image."""

from pathlib import Path

import pytest

from caliban_cli.environment import read_environment
from caliban_cli.project_flags import (
    DependencyArgs,
    ProjectArgs,
    named_tracking,
    read_dependencies,
    read_project,
)
from caliban_domain.errors import BadDirectory, BadDocument, BadEntrypoint, UsageError
from caliban_domain.images import JobMode
from caliban_domain.mlflow import MlflowConfig

from .conftest import write

CONFIG = ".calibanconfig.json"


def test_the_gpu_is_the_default(project: Path) -> None:
    write(project, {"train.py": ""})
    _, spec = read_project(ProjectArgs(module="train.py"), read_environment())
    assert spec.mode is JobMode.GPU


@pytest.mark.parametrize("default", ["cpu", "gpu"])
def test_a_projects_default_mode_holds_without_a_flag_only(project: Path, default: str) -> None:
    write(project, {"train.py": "", CONFIG: f'{{"default_mode": "{default}"}}'})
    _, spec = read_project(ProjectArgs(module="train.py"), read_environment())
    assert spec.mode == default
    _, spec = read_project(ProjectArgs(module="train.py", nogpu=True), read_environment())
    assert spec.mode is JobMode.CPU


def test_script_and_directories_come_from_the_flags(project: Path) -> None:
    write(project, {"trainer/train.py": "", "data/": "", "requirements.txt": ""})
    args = ProjectArgs(module="trainer.train", nogpu=True, dir=["data"])
    entrypoint, spec = read_project(args, read_environment())
    assert entrypoint.command == ("python", "-m", "trainer.train")
    assert (spec.folder, spec.extra_dirs) == ("trainer", ("data",))
    assert spec.requirements == ("requirements.txt",)


def test_extras_are_those_of_the_mode_and_of_the_flag(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extras = '[project]\nname = "digits"\n[project.optional-dependencies]\ngpu = []\nplots = []\n'
    write(project, {"train.py": "", "pyproject.toml": extras})
    args = ProjectArgs(module="train.py", extras=["plots"])
    assert read_project(args, read_environment())[1].extras == ("gpu", "plots")
    assert capsys.readouterr().err == ""

    without_code = read_dependencies(DependencyArgs(nogpu=True), read_environment())
    assert without_code.extras == ()
    assert "no extra cpu" in capsys.readouterr().err

    with pytest.raises(UsageError, match="it has gpu, plots"):
        read_project(ProjectArgs(module="train.py", extras=["nope"]), read_environment())


def test_each_mistake_has_its_kind(project: Path) -> None:
    write(project, {"train.py": ""})
    environment = read_environment()
    with pytest.raises(BadEntrypoint):
        read_project(ProjectArgs(module="nothing.py"), environment)
    with pytest.raises(BadDirectory):
        read_project(ProjectArgs(module="train.py", dir=["nothing"]), environment)
    write(project, {CONFIG: "{"})
    with pytest.raises(BadDocument):
        read_project(ProjectArgs(module="train.py"), environment)


@pytest.mark.parametrize(
    ("uri", "run_args", "is_told"),
    [
        ("http://127.0.0.1:5000", (), True),
        ("http://127.0.0.1:5000", ("-v", "a:b"), True),
        ("http://127.0.0.1:5000", ("--network", "host"), False),
        ("http://127.0.0.1:5000", ("--net=host",), False),
        ("http://mlflow.example", (), False),
    ],
)
def test_a_tracking_server_that_no_container_reaches_is_told_of(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    uri: str,
    run_args: tuple[str, ...],
    *,
    is_told: bool,
) -> None:
    write(project, {CONFIG: f'{{"mlflow_config": {{"tracking_uri": "{uri}"}}}}'})
    assert named_tracking(read_environment(), run_args) == MlflowConfig(tracking_uri=uri)
    assert ("no container reaches" in capsys.readouterr().err) is is_told


def test_most_projects_have_no_tracking_server(project: Path) -> None:
    assert project.exists()
    assert named_tracking(read_environment(), ()) is None
