"""1,000 jobs on their way to Vertex AI, which a program on this machine stands in for."""

import json
import tempfile
from pathlib import Path

from fakes.server import serve
from side_by_side import SCRIPTS, Contender, Result, report, report_memory

JOBS = 1000
LEAST = 200  # in a second, the start of the command counted in
MOST_MEMORY = 200  # MB
PAGE = 100  # jobs in an answer


def main() -> None:
    with serve() as google, tempfile.TemporaryDirectory() as folder:
        google.jobs.submissions.per_minute = None
        project = Path(folder)
        (project / "train.py").write_text("")
        (project / "sweep.json").write_text(json.dumps({"point": list(range(JOBS))}))
        environment = {**google.environment, "XDG_STATE_HOME": folder, "PROJECT_ID": "my-project"}
        image = "us-docker.pkg.dev/my-project/caliban/app@sha256:" + "0" * 64
        submission = Contender(
            name=f"caliban cloud of {JOBS} jobs",
            argv=[
                *(str(SCRIPTS / "caliban"), "cloud", "--nogpu", "--force", "--image_tag", image),
                *("--rate", "1000000", "--experiment_config", "sweep.json", "train.py"),
            ],
            cwd=project,
            environment=environment,
        )
        report_memory(submission, limit=MOST_MEMORY)
        rate = JOBS / submission.run()
        if len(google.jobs.all()) != 2 * JOBS:
            raise SystemExit(f"{len(google.jobs.all())} jobs in place of {2 * JOBS}")
        report(
            Result(
                what=f"{submission.name}: jobs in a second",
                found=f"{rate:.0f}",
                limit=f"at least {LEAST}",
                kept=rate >= LEAST,
            )
        )
        calls = google.count("customJobs.list")
        Contender(
            name="status",
            argv=[str(SCRIPTS / "caliban"), "status"],
            cwd=project,
            environment=environment,
        ).run()
        calls = google.count("customJobs.list") - calls
        report(
            Result(
                what=f"caliban status of {2 * JOBS} jobs: calls",
                found=str(calls),
                limit=f"at most {2 * JOBS // PAGE}",
                kept=calls <= 2 * JOBS // PAGE,
            )
        )


if __name__ == "__main__":
    main()
