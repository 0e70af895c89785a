"""Base images of the matrix, built for real upon the one that tests have."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from caliban_adapters.docker.base_images import DOCKERFILES, build_base
from caliban_domain.base_images import read_matrix
from caliban_domain.errors import ImageBuildFailed, UsageError

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def python() -> Iterator[str]:
    """The version of Python that the tests' base image has, such as 3.11."""
    version = docker("run", "--rm", BASE, "python3", "--version")
    minor = version.split()[1].rpartition(".")[0]
    yield minor
    docker("image", "rm", "--force", f"caliban-base:{name(minor)}")


def name(python: str) -> str:
    return f"cpu-py{python.replace('.', '')}"


@pytest.mark.integration
@pytest.mark.parametrize("builder", ["BuildKit", "classic"])
def test_a_base_image_has_its_python_and_git(
    python: str, builder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if builder == "classic":
        monkeypatch.setattr("caliban_adapters.docker.base_images.find_client", lambda: None)
    said: list[str] = []
    tag = build_base(name(python), upon=BASE, use_cache=True, say=said.append)
    assert said[0] == f"building {tag} from {BASE}, with Python {python}"
    shown = docker("run", "--rm", tag, "sh", "-c", "python --version && git --version")
    assert shown.startswith(f"Python {python}.")
    assert "git version" in shown


@pytest.mark.integration
def test_an_image_that_is_not_there_is_named() -> None:
    with pytest.raises(ImageBuildFailed, match=r"registry\.invalid"):
        build_base("cpu-py312", upon="registry.invalid/x", use_cache=True, say=lambda _: None)


def test_a_name_that_is_not_in_the_matrix_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no base image 'cpu-py27'"):
        build_base("cpu-py27", upon=None, use_cache=True, say=lambda _: None)


def test_the_matrix_comes_with_the_package() -> None:
    assert "cpu-py312" in [
        image.name for image in read_matrix((DOCKERFILES / "matrix.toml").read_text())
    ]
