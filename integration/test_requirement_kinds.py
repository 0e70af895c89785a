"""Every kind of project finds what it depends on in its container, and is told what is wrong."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from workplace import BASE_IMAGE, Workplace, docker

pytestmark = pytest.mark.integration

_SAMPLES: Final = Path(__file__).parent / "sweeps"
_LOCK: Final = (
    "python3 -m venv /tmp/uv && /tmp/uv/bin/pip install --quiet uv "
    "&& /tmp/uv/bin/uv lock --system-certs --directory /project"
)

_ME: Final = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
_TOOLZ: Final = """\
from setuptools import setup
open("toolz.py", "w").close()
setup(name="toolz", version="1.0", py_modules=["toolz"])
"""


def bring(workplace: Workplace, sample: str) -> None:
    """Make a sample the project."""
    shutil.copytree(_SAMPLES / sample, workplace.project, dirs_exist_ok=True)


def imported(workplace: Workplace, group: str, *flags: str) -> str:
    """What the sample prints: which packages can be imported in its container."""
    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, *flags, "report.py")
    return ran.expect(0).stdout.strip()


@pytest.mark.parametrize(
    ("sample", "flags", "packages"),
    [
        ("nothing", [], ""),
        ("requirements", [], "six toolz"),
        ("setup_py", [], "six toolz"),
        ("setup_py", ["--extras", "plots", "-e", "gpu"], "idna iniconfig six toolz"),
        ("pyproject", [], "six toolz"),
        ("pyproject", ["--extras", "plots"], "iniconfig six toolz"),
        ("several", ["--extras", "plots"], "iniconfig six toolz"),
    ],
)
def test_a_project_finds_what_it_depends_on(
    workplace: Workplace, group: str, sample: str, flags: list[str], packages: str
) -> None:
    bring(workplace, sample)
    assert imported(workplace, group, *flags) == packages


def test_what_is_installed_is_compiled(workplace: Workplace, group: str) -> None:
    """Nobody but root could store what Python compiles on import."""
    bring(workplace, "requirements")
    find = "from importlib.util import find_spec; from os.path import exists"
    workplace.write({"report.py": f"{find}; print(exists(find_spec('six').cached))"})
    assert imported(workplace, group) == "True"


@pytest.fixture
def base_with_a_repository(tmp_path: Path, group: str) -> Iterator[str]:
    """A base image that holds a Git repository, as no test machine is sure to reach another."""
    repository = tmp_path / "toolz"
    repository.mkdir()
    (repository / "setup.py").write_text(_TOOLZ)
    for words in (["init"], ["add", "."], ["commit", "--message", "x"], ["tag", "v1"]):
        subprocess.run(["git", *_ME, *words], cwd=repository, capture_output=True, check=True)
    (tmp_path / "Dockerfile").write_text(f"FROM {BASE_IMAGE}\nCOPY toolz /srv/toolz\n")
    docker("build", "--tag", group, str(tmp_path))
    yield group
    docker("image", "rm", "--force", group)


def test_what_comes_from_git_is_installed(
    workplace: Workplace, group: str, base_with_a_repository: str
) -> None:
    bring(workplace, "from_git")
    config = {"base_image": base_with_a_repository}
    workplace.write({".calibanconfig.json": json.dumps(config)})
    assert imported(workplace, group) == "toolz"


def test_a_locked_project_gets_the_versions_of_its_lock(workplace: Workplace, group: str) -> None:
    bring(workplace, "uv_lock")
    mount = f"{workplace.project}:/project"
    docker("run", "--rm", "--volume", mount, BASE_IMAGE, "sh", "-c", _LOCK)
    # What the project itself asks for would be met by any version.
    lock = workplace.project / "uv.lock"
    assert 'name = "toolz"\nversion = "1.0.0"' in lock.read_text()
    pyproject = workplace.project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("toolz==1.0.0", "toolz"))
    workplace.write({"report.py": "import iniconfig, toolz; print(toolz.__version__)"})
    assert imported(workplace, group, "--extras", "plots") == "1.0.0"


def test_extras_that_lack_the_mode_are_warned_of(workplace: Workplace, group: str) -> None:
    bring(workplace, "several")
    setup = workplace.project / "setup.py"
    setup.write_text(f"{setup.read_text()}# {group}\n")  # so that no image of it is there
    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "report.py")
    assert ran.expect(0).stdout.strip() == "iniconfig six"
    assert "warning: setup.py declares no extra cpu; going on without it" in ran.stderr


@pytest.mark.parametrize("sample", ["setup_py", "pyproject"])
def test_an_extra_that_is_not_there_is_told_with_those_that_are(
    workplace: Workplace, sample: str
) -> None:
    bring(workplace, sample)
    refused = workplace.caliban("run", "--nogpu", "--extras", "nope", "report.py").expect(2)
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("caliban: ")]
    assert line.endswith("has no extra nope: it has cpu, gpu, plots")
    assert workplace.jobs() == []


def test_a_setup_py_that_fails_is_told_in_a_line(workplace: Workplace) -> None:
    bring(workplace, "nothing")
    workplace.write({"setup.py": "import setuptools\nimport nothing_here\n"})
    failed = workplace.caliban("build", "--nogpu", "report.py").expect(4)
    assert failed.stderr.splitlines()[-2] == (
        "caliban: setup.py failed: line 2: ModuleNotFoundError: No module named 'nothing_here'"
    )


def test_what_a_project_needs_is_installed_before_its_code_is_copied(
    workplace: Workplace, group: str
) -> None:
    bring(workplace, "setup_py")
    workplace.caliban("build", "--nogpu", "report.py").expect(0)
    workplace.write({"report.py": "print('edited')\n"})
    ran = workplace.caliban("run", "--nogpu", "--xgroup", group, "report.py").expect(0)
    assert ran.stdout == "edited\n"
    assert "Installed" not in ran.stderr
