"""The four wheels, installed as a stranger would: on every Python, with pip and with pipx."""

import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.integration

REPOSITORY: Final = Path(__file__).parent.parent
PACKAGES: Final = ("caliban-adapters", "caliban-cli", "caliban-domain", "caliban-expansion")
PYTHONS: Final = ("3.11", "3.12", "3.13")
_SWEEP: Final = '{"rate": [0.1, 0.2]}'
_EXPANDED: Final = '[{"rate": 0.1}, {"rate": 0.2}]'
_IMPORT_ALL: Final = """\
import importlib, pkgutil, caliban_domain
for found in pkgutil.walk_packages(caliban_domain.__path__, "caliban_domain."):
    if not found.name.startswith("caliban_domain.testing"):
        importlib.import_module(found.name)
"""


def told(*words: str | Path, **settings: str) -> str:
    """What a program prints."""
    finished = subprocess.run(
        words, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not find_spec("pip"):
        pytest.skip("there is no pip to build them with")
    folder = tmp_path_factory.mktemp("wheels")
    sources = [REPOSITORY / "packages" / package for package in PACKAGES]
    # Built by what is locked: nothing else is needed of the network.
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    told(sys.executable, "-m", "pip", "wheel", *options, *sources)
    return folder


@pytest.fixture(scope="module", params=PYTHONS)
def python(request: pytest.FixtureRequest) -> str:
    """An interpreter of each version that the packages are for."""
    name = f"python{request.param}"
    if shutil.which(name):
        asked = subprocess.run(
            [name, "-c", "import sys; print(sys.executable)"],
            env={**os.environ, "PYENV_VERSION": request.param},
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode == 0:
            return asked.stdout.strip()
    pytest.skip(f"there is no {name} here")


@pytest.fixture(scope="module")
def version(wheels: Path) -> str:
    (wheel,) = wheels.glob("caliban_cli-*")
    return wheel.name.split("-")[1]


def installed(python: str, folder: Path, *words: str | Path) -> Path:
    """The ``bin`` of a new environment in which pip has installed something."""
    told(python, "-m", "venv", folder)
    options = ("--quiet", "--disable-pip-version-check", "--no-compile")
    told(folder / "bin/python", "-m", "pip", "install", *options, *words)
    return folder / "bin"


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (file,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(file).decode())


def test_every_wheel_says_what_it_is_and_brings_its_licence(wheels: Path) -> None:
    names = []
    for wheel in wheels.glob("*.whl"):
        told_by = metadata(wheel)
        names.append(told_by["Name"])
        assert told_by["Summary"]
        assert told_by["Author"] == "The Caliban authors"
        assert told_by["Keywords"]
        assert told_by["Requires-Python"] == ">=3.11"
        assert told_by["License-Expression"] == "Apache-2.0"
        assert str(told_by.get_payload()).strip()
        classifiers = set(told_by.get_all("Classifier", ()))
        assert {f"Programming Language :: Python :: {each}" for each in PYTHONS} <= classifiers
        with zipfile.ZipFile(wheel) as archive:
            (licence,) = (name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
            assert archive.read(licence) == (REPOSITORY / "LICENSE").read_bytes()
    assert sorted(names) == list(PACKAGES)


def test_pip_installs_all_that_both_programs_need(
    python: str, wheels: Path, version: str, tmp_path: Path
) -> None:
    programs = installed(python, tmp_path / "venv", "--find-links", wheels, "caliban-cli")
    told(programs / "python", "-m", "pip", "check")
    _assert_they_work(programs, version, tmp_path)


def test_the_domain_needs_nothing_else(python: str, wheels: Path, tmp_path: Path) -> None:
    options = ("--no-index", "--find-links", wheels)
    programs = installed(python, tmp_path / "venv", *options, "caliban-domain")
    told(programs / "python", "-W", "error", "-c", _IMPORT_ALL)
    listed = told(programs / "python", "-m", "pip", "list", "--format=freeze")
    packages = {line.partition("==")[0] for line in listed.splitlines()}
    assert packages - {"pip", "setuptools"} == {"caliban-domain"}


def test_pipx_installs_the_programs(wheels: Path, version: str, tmp_path: Path) -> None:
    # With which Python, makes a difference to pip alone.
    programs = tmp_path / "bin"
    settings = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(programs)}
    options = ("--pip-args", f"--no-compile --find-links {wheels}")
    asked = ("install", "--python", sys.executable, *options, "caliban-cli", "caliban-expansion")
    told(sys.executable, "-m", "pipx", *asked, **settings)
    _assert_they_work(programs, version, tmp_path)


def _assert_they_work(programs: Path, version: str, folder: Path) -> None:
    assert told(programs / "caliban", "--version") == f"caliban {version}\n"
    assert "caliban run" in told(programs / "caliban", "--help")
    sweep = folder / "sweep.json"
    sweep.write_text(_SWEEP)
    assert told(programs / "expansion", sweep).strip() == _EXPANDED
