"""``caliban build`` with nothing changed, against ``docker build`` of the same project."""

import os
import tempfile
from pathlib import Path

from caliban_adapters.docker.client import find_client
from side_by_side import SCRIPTS, Contender, compare

FILES = 5_000
FILE_BYTES = 40_000


def main() -> None:
    base = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        write_project(project)
        dockerfile = Path(folder, "Dockerfile")
        dockerfile.write_text(f"FROM {base}\nCOPY . /usr/app\n")
        caliban = Contender(
            name="caliban build, nothing changed",
            argv=[str(SCRIPTS / "caliban"), "build", "--nogpu", "train.py"],
            cwd=project,
            environment={"CALIBAN_BASE_IMAGE": base, "XDG_CACHE_HOME": folder},
        )
        caliban.output()
        client = find_client()
        for name, docker, buildkit in (
            ("docker build", "docker", "0"),
            ("docker build with BuildKit", client.path if client else "docker", "1"),
        ):
            contender = Contender(
                name=f"{name}, warm cache",
                argv=[docker, "build", "--file", str(dockerfile), "."],
                cwd=project,
                environment={"DOCKER_BUILDKIT": buildkit},
            )
            contender.output()
            compare(caliban, contender, limit=0.15, rounds=5)


def write_project(project: Path) -> None:
    """5,000 files of 40 kB each, 200 MB in all, that have been at rest for a while."""
    for number in range(FILES):
        file = project / f"folder_{number % 50}" / f"file_{number}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(FILE_BYTES))
    (project / "train.py").write_text("")


if __name__ == "__main__":
    main()
