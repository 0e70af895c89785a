"""A sweep of 60 trivial containers, two at a time, against xargs over ``docker run --rm``."""

import json
import os
import tempfile
from pathlib import Path

from side_by_side import SCRIPTS, Contender, compare

JOBS = 60


def main() -> None:
    base = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "job.sh").write_text("true\n")
        (project / "sweep.json").write_text(json.dumps({"point": list(range(JOBS))}))
        environment = {"XDG_STATE_HOME": folder, "CALIBAN_BASE_IMAGE": base}
        caliban = str(SCRIPTS / "caliban")
        build = Contender(
            name="build",
            argv=[caliban, "build", "--nogpu", "job.sh"],
            cwd=project,
            environment=environment,
        )
        image = build.output().strip()
        sweep = Contender(
            name=f"caliban run --parallel 2 of {JOBS} jobs",
            argv=[
                *(caliban, "run", "--nogpu", "--parallel", "2"),
                *("--experiment_config", "sweep.json", "job.sh"),
            ],
            cwd=project,
            environment=environment,
        )
        user = f"{os.getuid()}:{os.getgid()}"
        docker_run = f"docker run --rm --user {user} {image} bash job.sh --point {{}}"
        xargs = Contender(
            name="xargs -P2 docker run --rm",
            argv=["sh", "-c", f"seq 0 {JOBS - 1} | xargs -P2 -I{{}} {docker_run}"],
        )
        compare(sweep, xargs, limit=1.0, rounds=3)


if __name__ == "__main__":
    main()
