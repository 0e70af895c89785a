"""Every contract in .importlinter holds, and fails when it is broken on purpose."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources, to be spoiled."""
    for source in REPOSITORY.glob("packages/*/src"):
        shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    shutil.copy(REPOSITORY / ".importlinter", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    run_it = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", run_it, "--no-logo", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_code_keeps_every_contract(copy: Path) -> None:
    outcome = lint_imports(copy)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " 0 broken" in outcome.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("caliban_domain/jobs.py", "import caliban_cli.main", "Imports go one way"),
        ("caliban_adapters/sql/rows.py", "import caliban_expansion.main", "Imports go one way"),
        ("caliban_expansion/main.py", "import caliban_adapters", "Imports go one way"),
        ("caliban_domain/jobs.py", "import os", "The domain does no I/O"),
        ("caliban_domain/jobs.py", "from time import time", "The domain does no I/O"),
        ("caliban_domain/jobs.py", "from os.path import exists", "The domain does no I/O"),
        ("caliban_domain/jobs.py", "import sqlalchemy", "The domain uses no library"),
        ("caliban_domain/jobs.py", "import hypothesis", "The domain uses no library"),
        ("caliban_cli/main.py", "import caliban_domain.testing.sweeps", "Only tests use"),
        (
            "caliban_adapters/docker/images.py",
            "from caliban_adapters.sql import history",
            "Adapters don't know each other",
        ),
        ("caliban_cli/main.py", "import caliban_adapters.sql", "Only the wiring chooses adapters"),
        (
            "caliban_cli/main.py",
            "def f() -> None:\n    from caliban_adapters.docker import images",
            "Only the wiring chooses adapters",
        ),
        ("caliban_cli/wiring.py", "import argparse_dataclass", "Only the options know"),
        ("caliban_cli/main.py", "def f() -> None:\n    import structlog", "Only the logs know"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    copy: Path, module: str, line: str, contract: str
) -> None:
    with (copy / module).open("a") as source:
        source.write(f"\n{line}\n")

    outcome = lint_imports(copy)

    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    broken = [name for name in outcome.stdout.splitlines() if " BROKEN" in name]
    assert any(name.startswith(contract) for name in broken), outcome.stdout
