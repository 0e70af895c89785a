"""The four packages and the lock fit together."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent
PROJECTS = sorted(REPOSITORY.glob("packages/*/pyproject.toml"))


def project(path: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(path.read_text())["project"]
    return table


def test_all_packages_have_one_version() -> None:
    assert len({project(path)["version"] for path in PROJECTS}) == 1


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_a_package_wants_its_siblings_in_its_own_version(path: Path) -> None:
    declared = project(path)
    for requirement in declared["dependencies"]:
        if requirement.startswith("caliban-"):
            assert requirement.endswith(f"=={declared['version']}")


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_what_a_package_wants_of_others_is_what_the_lock_is_made_of(path: Path) -> None:
    locked = (REPOSITORY / "3rdparty/requirements.txt").read_text().splitlines()
    wanted = project(path)["dependencies"]
    assert {each for each in wanted if not each.startswith("caliban-")} <= set(locked)


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_a_package_tells_that_it_is_typed(path: Path) -> None:
    import_name = path.parent.name.replace("-", "_")
    assert (path.parent / "src" / import_name / "py.typed").is_file()


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_a_package_brings_the_licence_itself(path: Path) -> None:
    licence = path.parent / "LICENSE"
    assert not licence.is_symlink(), "an archive of the sources would hold the link alone"
    assert licence.read_text() == (REPOSITORY / "LICENSE").read_text()


def test_the_lock_names_no_registry() -> None:
    lock = (REPOSITORY / "3rdparty/requirements.lock").read_text()
    assert "://" not in lock
    assert "--index" not in lock
