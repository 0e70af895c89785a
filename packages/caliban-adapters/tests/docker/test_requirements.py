"""Which files a requirements file brings along."""

from collections.abc import Mapping

import pytest

from caliban_adapters.docker.requirements import included
from caliban_domain.errors import ImageBuildFailed


def named(files: Mapping[str, str]) -> tuple[str, ...]:
    return included(["requirements.txt"], files.__getitem__, files.__contains__)


@pytest.mark.parametrize(
    "line",
    [
        *("-r base.txt", "-rbase.txt", "-r  base.txt  # why", "-r ./base.txt", "-r 'base.txt'"),
        *("--requirement base.txt", "--requirement=base.txt", "--requirements base.txt"),
        *("-c base.txt", "--constraint base.txt", "--constraints = base.txt", '-c "base.txt"'),
        *("  -r base.txt", "-r \\\n  base.txt", "six\r\n-r base.txt\r\n"),
    ],
)
def test_a_line_names_a_file(line: str) -> None:
    assert named({"requirements.txt": line, "base.txt": ""}) == ("base.txt",)


@pytest.mark.parametrize(
    "line",
    ["# -r base.txt", "base-r", "six # -r base.txt", "-r https://example.com/r.txt", "-e .", ""],
)
def test_a_line_names_no_file(line: str) -> None:
    assert named({"requirements.txt": line}) == ()


def test_files_name_files_relative_to_themselves() -> None:
    files = {
        "requirements.txt": "-r deep/base.txt\n-c limits.txt",
        "deep/base.txt": "-c ../limits.txt\n-r more.txt\n-r ../requirements.txt",
        "deep/more.txt": "-r base.txt",
        "limits.txt": "",
    }
    assert named(files) == ("deep/base.txt", "limits.txt", "deep/more.txt")


def test_a_name_may_hold_spaces() -> None:
    files = {"requirements.txt": "-r my base.txt", "my base.txt": ""}
    assert named(files) == ("my base.txt",)


@pytest.mark.parametrize("path", ["../base.txt", "/etc/base.txt", "a/../../base.txt"])
def test_a_file_outside_of_the_project_is_told(path: str) -> None:
    with pytest.raises(
        ImageBuildFailed, match=rf"requirements\.txt names {path}, which lies outside"
    ):
        named({"requirements.txt": f"-r {path}"})


@pytest.mark.parametrize("file", ["setup.py", "pyproject.toml"])
def test_files_that_a_setup_names_in_quotes_are_there(file: str) -> None:
    texts = {
        file: """dynamic = ["dependencies"]
open("README.md"); open('requirements.txt'); open("nothing.txt"); open("../up"); open("/abs")""",
        "README.md": "-r nothing.txt",
        "requirements.txt": "-r base.txt",
        "base.txt": "",
    }
    found = included([file], texts.__getitem__, {*texts, "../up", "/abs"}.__contains__)
    assert found == ("README.md", "requirements.txt", "base.txt")


def test_a_pyproject_that_says_all_itself_needs_no_other_file() -> None:
    texts = {"pyproject.toml": 'readme = "README.md"', "README.md": "", "uv.lock": '"README.md"'}
    assert included(["pyproject.toml", "uv.lock"], texts.__getitem__, texts.__contains__) == ()


def test_conda_lets_pip_read_files() -> None:
    text = "dependencies:\n  - python=3.12\n  - pip:\n    - -r deep/base.txt\n    - six\n"
    texts = {"environment.yml": text, "deep/base.txt": "-c limits.txt", "deep/limits.txt": ""}
    found = included(["environment.yml"], texts.__getitem__, texts.__contains__)
    assert found == ("deep/base.txt", "deep/limits.txt")
