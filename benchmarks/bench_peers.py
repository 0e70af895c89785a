"""Start-up and expansion, against two programs that people come from: see docs/explanation."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_expansion import piped

from side_by_side import SCRIPTS, Contender, compare

INSTALLED = Path(__file__).parent.parent / "scripts/installed"
ROUNDS = 3
LARGE, SMALL = 100_000, 100  # experiments
# Hydra has no command that only expands: it runs a function, here one that does nothing.
APP = """\
import hydra


@hydra.main(version_base=None, config_path=None)
def main(config):
    pass


main()
"""


def main() -> None:
    found = subprocess.run([INSTALLED, "peers"], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        sys.exit("peers: they can't be installed here, so nothing is measured against them")
    peers = Path(found.stdout.strip())
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for script in ("app.py", "train.py"):
            (project / script).write_text(APP if script == "app.py" else "")
        for count in (LARGE, SMALL):
            sweep = {"seed": list(range(count // 50)), "rate": [rate / 10 for rate in range(50)]}
            (project / f"{count}.json").write_text(json.dumps(sweep))
        _start_up(project, peers)
        _expansion(project, peers)


def _start_up(project: Path, peers: Path) -> None:
    ours = _contender("caliban --help", project, SCRIPTS / "caliban", "--help")
    original = _contender("the original caliban --help", project, peers / "caliban", "--help")
    app = _contender("hydra app.py --help", project, peers / "python", "app.py", "--help")
    for peer in (original, app):
        compare(ours, peer, limit=1, rounds=ROUNDS)


def _expansion(project: Path, peers: Path) -> None:
    large = project / f"{LARGE}.json"
    compare(
        piped(f"expansion of {LARGE:,}", SCRIPTS / "expansion", large),
        piped("the original expansion", peers / "expansion", large),
        limit=1,
        rounds=ROUNDS,
    )
    words = ("run", "--nogpu", "--dry_run", "--experiment_config", f"{SMALL}.json", "train.py")
    seeds = ",".join(map(str, range(SMALL // 50)))
    rates = ",".join(str(rate / 10) for rate in range(50))
    sweep = (f"+seed={seeds}", f"+rate={rates}", "hydra.sweep.dir=outputs")
    compare(
        _contender(f"caliban run --dry_run of {SMALL}", project, SCRIPTS / "caliban", *words),
        _contender("hydra app.py --multirun", project, peers / "python", "app.py", "-m", *sweep),
        limit=1,
        rounds=ROUNDS,
    )


def _contender(name: str, project: Path, *words: str | Path) -> Contender:
    return Contender(name=name, argv=[str(word) for word in words], cwd=project)


if __name__ == "__main__":
    main()
