"""A dry run of 10,000 experiments, against expanding them and loading the database library."""

import json
import sys
import tempfile
from pathlib import Path

from side_by_side import SCRIPTS, Contender, compare, report_memory


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "train.py").write_text("")
        (project / "sweep.json").write_text(json.dumps(ten_thousand()))
        dry_run = Contender(
            name="caliban run --dry_run",
            argv=[
                str(SCRIPTS / "caliban"),
                *("run", "--nogpu", "--dry_run", "--experiment_config", "sweep.json", "train.py"),
            ],
            cwd=project,
        )
        expansion = Contender(
            name="expansion", argv=[str(SCRIPTS / "expansion"), "sweep.json"], cwd=project
        )
        sqlalchemy = Contender(
            name="import sqlalchemy", argv=[sys.executable, "-c", "import sqlalchemy"]
        )
        compare(dry_run, expansion, sqlalchemy, limit=3, rounds=7)
        report_memory(dry_run, limit=120)


def ten_thousand() -> dict[str, list[object]]:
    """A sweep of 10,000 experiments of four flags."""
    return {
        "learning_rate": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "batch_size": [2**power for power in range(10)],
        "optimizer": [f"optimizer_{number}" for number in range(10)],
        "seed": list(range(10)),
    }


if __name__ == "__main__":
    main()
