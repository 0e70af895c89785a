"""Rebuilds: a line of code changed, and a line of requirements added, against what one would write.

The Dockerfile written by hand copies the code last, and installs with pip without a cache. What
counts is by how much a build takes longer than one of an unchanged project, as every run has one.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from caliban_adapters.docker.client import find_client
from side_by_side import SCRIPTS, Contender, compare

PACKAGES = ("numpy", "pandas", "requests", "pyyaml")
MODULES = 200

_BY_HAND = """\
FROM {base}
RUN python3 -m venv /opt/venv
COPY requirements.txt /opt/
RUN /opt/venv/bin/pip install --disable-pip-version-check --no-cache-dir -r /opt/requirements.txt
WORKDIR /usr/app
COPY . .
"""
_EDIT_CODE = 'echo "TIME = $(date +%s%N)" >> train.py'
# A requirement that is another one each time, and that any version meets.
_ADD_REQUIREMENT = 'echo "six>=1.0.$(date +%s%N)" >> requirements.txt'


def main() -> None:
    base = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
    client = find_client()
    docker = client.path if client else "docker"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        write_project(project)
        by_hand = Path(folder, "Dockerfile")
        by_hand.write_text(_BY_HAND.format(base=base))
        settings = {"CALIBAN_BASE_IMAGE": base, "XDG_CACHE_HOME": folder, "DOCKER_BUILDKIT": "1"}
        ours = f"{SCRIPTS}/caliban build --nogpu train.py"
        theirs = f"{docker} build --file {by_hand} ."
        unchanged = after("true", ours, "caliban build", project, settings)
        # A difference of two short times is known well only after many rounds.
        for edit, name, other, limit, rounds in (
            (_EDIT_CODE, "a line of code", "docker build, the code last", 1.2, 25),
            (_ADD_REQUIREMENT, "a line of requirements", "docker build, pip without cache", 0.5, 5),
        ):
            caliban = after(edit, ours, f"what {name} adds to caliban build", project, settings)
            docker_build = after(edit, theirs, other, project, settings)
            caliban.output()
            docker_build.output()
            compare(caliban, docker_build, limit=limit, rounds=rounds, beyond=unchanged)


def after(
    edit: str, command: str, name: str, project: Path, settings: Mapping[str, str]
) -> Contender:
    """A command that runs once something was edited."""
    argv = ["sh", "-c", f"{edit} && exec {command}"]
    return Contender(name=name, argv=argv, cwd=project, environment=settings)


def write_project(project: Path) -> None:
    """A script among modules, and what it depends on."""
    project.mkdir()
    for number in range(MODULES):
        (project / f"module_{number}.py").write_text(f"NUMBER = {number}\n" * 50)
    (project / "train.py").write_text("")
    (project / "requirements.txt").write_text("".join(f"{name}\n" for name in PACKAGES))


if __name__ == "__main__":
    main()
