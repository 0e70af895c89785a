"""What is read from a setup.py, and the line that says why one can't be."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from caliban_adapters.docker import read_setup

pytestmark = pytest.mark.skipif(not find_spec("setuptools"), reason="there are no setuptools")

DIGITS = """\
from setuptools import setup

setup(
    name="digits",
    packages=["digits"],
    install_requires=["six"],
    extras_require={
        "cpu": ["torch==2.*"],
        "My_Plots": "matplotlib\\nseaborn",
        ":python_version<'3'": ["enum34"],
        "tests:os_name=='nt'": ["colorama; python_version>'3'"],
    },
)
"""


def read(folder: Path, text: str, *asked: str, mode: str = "cpu") -> tuple[list[str], str]:
    """The requirements that were written, and what was said."""
    (folder / "setup.py").write_text(text)
    finished = subprocess.run(
        [sys.executable, read_setup.__file__, "written.txt", mode, *asked],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    written = folder / "written.txt"
    assert written.exists() == (finished.returncode == 0), finished.stderr
    return written.read_text().splitlines() if written.exists() else [], finished.stderr


@pytest.mark.parametrize("module", ["setuptools", "distutils.core"])
def test_what_is_needed_and_the_modes_extra_are_written(tmp_path: Path, module: str) -> None:
    written, said = read(tmp_path, DIGITS.replace("setuptools", module, 1))
    assert written == ["six", "enum34 ; (python_version<'3')", "torch==2.*"]
    assert said == ""


def test_extras_are_written_however_they_are_spelled(tmp_path: Path) -> None:
    written, _ = read(tmp_path, DIGITS, "my-plots")
    assert written[3:] == ["matplotlib", "seaborn"]


def test_conditions_add_up(tmp_path: Path) -> None:
    ((*_, conditional), _) = read(tmp_path, DIGITS, "tests")
    assert conditional.startswith("colorama ; (")
    assert conditional.count("os_name") == conditional.count("python_version") == 1
    assert " and " in conditional


def test_settings_beside_it_count(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text(
        "[options]\ninstall_requires = toolz\n[options.extras_require]\ncpu = idna\n"
    )
    written, _ = read(tmp_path, "import setuptools\nsetuptools.setup()\n")
    assert written == ["toolz", "idna"]


def test_a_mode_without_an_extra_is_warned_of(tmp_path: Path) -> None:
    written, said = read(tmp_path, DIGITS, mode="gpu")
    assert "torch==2.*" not in written
    assert said == "warning: setup.py declares no extra gpu; going on without it\n"


def test_extras_that_are_not_there_are_told_with_those_that_are(tmp_path: Path) -> None:
    assert read(tmp_path, DIGITS, "cpu", "nope")[1] == (
        "setup.py has no extra nope: it has cpu, my-plots, tests\n"
    )
    bare = "from setuptools import setup\nsetup()\n"
    assert read(tmp_path, bare)[1] == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nothing_here", "line 1: ModuleNotFoundError: No module named 'nothing_here'"),
        ("\n\ndef f(:", "line 3: SyntaxError: invalid syntax"),
        ("raise SystemExit('too old')", "it exits: too old"),
        ("print()", "it doesn't call setup()"),
        ("def f():\n    1 / 0\n\nf()", "line 2: ZeroDivisionError: division by zero"),
        (DIGITS.replace('["six"]', "3"), "line 3: DistutilsSetupError: 'install_requires' must"),
    ],
)
def test_a_setup_py_that_fails_is_told_in_a_line(tmp_path: Path, text: str, told: str) -> None:
    _, said = read(tmp_path, text)
    assert said.startswith(f"setup.py failed: {told}")
    assert said.count("\n") == 1
