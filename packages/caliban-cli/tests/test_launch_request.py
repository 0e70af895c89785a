"""What a command line asks to be run; the commands' own tests show the rest."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from caliban_cli.environment import read_environment
from caliban_cli.launch_request import launch_request, read_sweep
from caliban_domain.errors import NothingToDo, UsageError
from caliban_domain.experiments import ONE_EXPERIMENT
from caliban_domain.images import ImageSpec, JobMode


@dataclass(frozen=True)
class Args:
    module: str = "train.py"
    xgroup: str | None = None
    rerun: bool = False


def test_without_a_config_there_is_one_experiment() -> None:
    assert read_sweep(None) is ONE_EXPERIMENT


def test_a_sweep_without_experiments_is_nothing_to_do(project: Path) -> None:
    (project / "empty.json").write_text("[]")
    with pytest.raises(NothingToDo, match=r"empty\.json describes no experiments"):
        read_sweep("empty.json")


def test_a_request_says_who_asks_for_what(project: Path) -> None:
    assert project.is_dir()
    asked = launch_request(
        Args(xgroup="forest", rerun=True),
        ("--a", "b"),
        read_environment(),
        sweep=ONE_EXPERIMENT,
        image="app",
    )
    assert (asked.user, asked.group, asked.script) == ("totoro", "forest", "train.py")
    assert (asked.script_args, asked.image, asked.rerun) == (("--a", "b"), "app", True)


def test_a_script_that_stays_out_of_the_image_is_refused(project: Path) -> None:
    (project / "train.py").touch()
    (project / ".dockerignore").write_text("*.py")
    image = ImageSpec(project=str(project), mode=JobMode.CPU, base_image="base", folder=".")
    environment = read_environment()
    with pytest.raises(UsageError, match=r"train\.py is to be run, and \.dockerignore leaves"):
        launch_request(Args(), (), environment, sweep=ONE_EXPERIMENT, image=image)
    # An image that exists already may hold it all the same.
    launch_request(Args(), (), environment, sweep=ONE_EXPERIMENT, image="app")


def test_arguments_that_are_no_text_are_refused(project: Path) -> None:
    assert project.is_dir()
    with pytest.raises(UsageError, match="not UTF-8"):
        launch_request(Args(), ("\udcff",), read_environment(), sweep=ONE_EXPERIMENT, image="app")
