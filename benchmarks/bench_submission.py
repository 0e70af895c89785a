"""1,000 jobs on their way to Vertex AI, which a program on this machine stands in for."""

import json
import tempfile
from pathlib import Path

from fakes.server import serve
from side_by_side import SCRIPTS, Contender, report_memory

JOBS = 1000
LEAST = 200  # in a second, the start of the command counted in
MOST_MEMORY = 200  # MB


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
        verdict = "ok" if rate >= LEAST else "MISSED"
        print(f"{submission.name}: {rate:.0f} a second (at least {LEAST}) {verdict}")
        calls = google.count("customJobs.list")
        Contender(
            name="status",
            argv=[str(SCRIPTS / "caliban"), "status"],
            cwd=project,
            environment=environment,
        ).run()
        print(f"caliban status of {2 * JOBS} jobs: {google.count('customJobs.list') - calls} calls")


if __name__ == "__main__":
    main()
