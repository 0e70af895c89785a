"""A sweep of trivial containers, two at a time, against xargs over ``docker run --rm``."""

import json
import os
import tempfile
from pathlib import Path

from side_by_side import SCRIPTS, Contender, compare, report_memory

SHORT, LONG = 60, 500  # jobs
CALIBAN = str(SCRIPTS / "caliban")


def main() -> None:
    base = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as state:
        project = Path(folder)
        (project / "job.sh").write_text("true\n")
        environment = {"XDG_STATE_HOME": state, "CALIBAN_BASE_IMAGE": base}
        # Written now: the first run must not find another build context than the second.
        for jobs in (SHORT, LONG):
            (project / f"{jobs}.json").write_text(json.dumps({"point": list(range(jobs))}))
        for jobs, rounds in ((SHORT, 5), (LONG, 1)):
            sweep = _sweep(jobs, project, environment)
            compare(sweep, _xargs(jobs, _image(project, environment)), limit=1.0, rounds=rounds)
        report_memory(_sweep(LONG, project, environment), limit=150)


def _image(project: Path, environment: dict[str, str]) -> str:
    argv = [CALIBAN, "build", "--nogpu", "job.sh"]
    build = Contender(name="build", argv=argv, cwd=project, environment=environment)
    return build.output().strip()


def _sweep(jobs: int, project: Path, environment: dict[str, str]) -> Contender:
    argv = [CALIBAN, "run", "--nogpu", "--parallel", "2"]
    return Contender(
        name=f"caliban run --parallel 2 of {jobs} jobs",
        argv=[*argv, "--experiment_config", f"{jobs}.json", "job.sh"],
        cwd=project,
        environment=environment,
    )


def _xargs(jobs: int, image: str) -> Contender:
    docker_run = f"docker run --rm --user {os.getuid()}:{os.getgid()} {image}"
    script = f"seq 0 {jobs - 1} | xargs -P2 -I{{}} {docker_run} bash job.sh --point {{}}"
    return Contender(name="xargs -P2 docker run --rm", argv=["sh", "-c", script])


if __name__ == "__main__":
    main()
