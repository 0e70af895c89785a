"""Which commands install what a spec asks for."""

from itertools import pairwise

import pytest

from caliban_adapters.docker.installation import conda, has_python_packages, steps
from caliban_domain.images import ImageSpec, JobMode


def spec(*files: str, extras: tuple[str, ...] = (), packages: tuple[str, ...] = ()) -> ImageSpec:
    return ImageSpec(
        project="/home/ada/digits",
        mode=JobMode.CPU,
        base_image="python:3.12-slim",
        folder=".",
        requirements=files,
        extras=extras,
        packages=packages,
    )


def named(spec: ImageSpec) -> list[str]:
    """The files that the last command installs from."""
    *_, (_, what, _) = steps(spec)
    return [
        after.removeprefix("/opt/requirements/")
        for before, after in pairwise(what)
        if before == "--requirements"
    ]


def test_nothing_needs_no_command() -> None:
    assert list(steps(spec())) == []
    assert not has_python_packages(spec())


def test_files_are_installed_together() -> None:
    both = spec("requirements.txt", "pyproject.toml", extras=("cpu", "plots"))
    ((command, what, _),) = steps(both)
    assert command[:2] == ("pip", "install")
    assert named(both) == ["requirements.txt", "pyproject.toml"]
    assert what[:6] == ("--directory", "/opt/requirements", "--extra", "cpu", "--extra", "plots")


def test_a_lock_is_exported_without_what_the_developer_alone_needs() -> None:
    locked = spec("pyproject.toml", "uv.lock", extras=("cpu",))
    (command, what, _), _ = steps(locked)
    assert command[0] == "export"
    assert {"--frozen", "--no-dev", "--no-emit-local"} < set(what)
    assert what[-4:-2] == ("--extra", "cpu")
    assert named(locked) == ["of-the-project.txt"]
    assert "--extra" not in list(steps(locked))[-1].what


def test_a_setup_py_is_read_for_the_mode_and_the_extras() -> None:
    several = spec("requirements.txt", "pyproject.toml", "setup.py", extras=("plots",))
    (command, what, _), _ = steps(several)
    assert command[0] == "run"
    assert what[-3:] == ("of-the-project.txt", "cpu", "plots")
    assert "\n" not in "".join(what)
    compile(what[-4], "script", "exec")
    assert named(several) == ["requirements.txt", "of-the-project.txt"]


def test_packages_of_ours_come_last() -> None:
    *_, (_, what, _) = steps(spec("requirements.txt", packages=("jupyterlab==4.*",)))
    assert what == ("--", "jupyterlab==4.*")


def test_conda_gives_the_python_that_packages_are_installed_for() -> None:
    text = conda(spec("environment.yml"))
    assert '"--file", "/opt/requirements/environment.yml", "python", "pip"]' in text
    assert text.endswith("PATH=/opt/conda/bin:$PATH\n")
    assert not has_python_packages(spec("environment.yml"))


@pytest.mark.parametrize("files", [(), ("requirements.txt",), ("setup.py",)])
def test_without_an_environment_there_is_no_conda(files: tuple[str, ...]) -> None:
    assert conda(spec(*files)) == ""
