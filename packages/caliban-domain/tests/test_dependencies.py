"""Which files count, which extras an image gets, and what is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from caliban_domain.dependencies import Dependencies, dependencies
from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode

EXTRAS: Mapping[str, Any] = {"optional-dependencies": {"cpu": [], "gpu": [], "My_Plots": []}}
DYNAMIC: Mapping[str, Any] = {"dynamic": ["version", "dependencies", "optional-dependencies"]}


def found(
    *files: str, project: Mapping[str, Any] | None = None, asked: Sequence[str] = ()
) -> Dependencies:
    return dependencies(dict.fromkeys(files, ""), project, mode=JobMode.CPU, asked=asked)


@pytest.mark.parametrize(
    ("files", "project", "counted"),
    [
        ([], None, []),
        (["requirements.txt"], None, ["requirements.txt"]),
        (["environment.yml", "requirements.txt"], None, ["environment.yml", "requirements.txt"]),
        (["setup.py", "setup.cfg"], None, ["setup.py", "setup.cfg"]),
        (["setup.cfg"], None, []),
        (["pyproject.toml"], None, []),
        (["pyproject.toml"], {}, ["pyproject.toml"]),
        (["pyproject.toml", "setup.py"], {}, ["pyproject.toml"]),
        (["pyproject.toml", "setup.py"], None, ["pyproject.toml", "setup.py"]),
        (["pyproject.toml", "setup.py"], DYNAMIC, ["pyproject.toml", "setup.py"]),
        (["pyproject.toml"], DYNAMIC, ["pyproject.toml"]),
        (["pyproject.toml", "uv.lock", "setup.py"], DYNAMIC, ["pyproject.toml", "uv.lock"]),
        (["pyproject.toml", "uv.lock"], None, []),
        (["requirements.txt", "pyproject.toml"], {}, ["requirements.txt", "pyproject.toml"]),
    ],
)
def test_the_files_that_count(
    files: list[str], project: Mapping[str, Any] | None, counted: list[str]
) -> None:
    assert list(found(*files, project=project).files) == counted


def test_the_modes_extra_comes_first_and_those_asked_for_follow() -> None:
    told = found("pyproject.toml", project=EXTRAS, asked=["my.plots", "gpu", "My-Plots"])
    assert told.extras == ("cpu", "My_Plots", "gpu")
    assert told.warning is None


def test_extras_that_lack_the_mode_are_worth_a_warning() -> None:
    told = found("pyproject.toml", project={"optional-dependencies": {"gpu": []}})
    assert told.extras == ()
    assert told.warning == "warning: pyproject.toml declares no extra cpu; going on without it"


def test_a_project_without_extras_is_not_warned_of() -> None:
    assert found("pyproject.toml", project={}).warning is None
    assert found("requirements.txt").warning is None


def test_an_extra_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError) as raised:
        found("pyproject.toml", project=EXTRAS, asked=["cpu", "plots"])
    assert raised.value.message == (
        "--extras plots: pyproject.toml has no extra plots: it has My_Plots, cpu, gpu"
    )
    with pytest.raises(UsageError, match="it declares none"):
        found("pyproject.toml", project={}, asked=["plots"])
    with pytest.raises(UsageError, match="the project declares no extras") as raised:
        found("requirements.txt", asked=["plots"])
    assert "setup.py" in str(raised.value.hint)


@pytest.mark.parametrize("files", [["setup.py"], ["pyproject.toml", "setup.py"]])
def test_what_a_setup_py_declares_is_known_when_it_runs(files: list[str]) -> None:
    told = found(*files, project=DYNAMIC if len(files) > 1 else None, asked=["plots", "plots"])
    assert told.extras == ("plots",)
    assert told.warning is None


@pytest.mark.parametrize("name", ["", "-x", "a b", "a,b", "[a]", "$(id)", "a\n", "a-"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of an extra"):
        found("setup.py", asked=[name])


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("library @ git+https://example.com/library", True),
        ("library = { git = 'https://example.com/library' }", True),
        ("gitpython", False),
        ("digits = 1", False),
    ],
)
def test_what_comes_from_git_needs_git(line: str, *, needs: bool) -> None:
    told = dependencies({"requirements.txt": line}, None, mode=JobMode.CPU, asked=())
    assert told.needs_git is needs
    assert not dependencies({"setup.cfg": line}, None, mode=JobMode.CPU, asked=()).needs_git
