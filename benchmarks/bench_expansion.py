"""Expanding 1,000,000 experiments into a pipe, against the ten lines that anybody would write."""

import json
import sys
import tempfile
from pathlib import Path

from side_by_side import SCRIPTS, Contender, compare, report_memory

TEN_LINES = """\
import itertools
import json
import sys

config = json.load(open(sys.argv[1]))
experiments = [
    dict(zip(config, values)) for values in itertools.product(*config.values())
]
print(json.dumps(experiments))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config, script = Path(folder, "sweep.json"), Path(folder, "ten_lines.py")
        config.write_text(json.dumps(million()))
        script.write_text(TEN_LINES)
        ours = piped("expansion", SCRIPTS / "expansion", config)
        theirs = piped("itertools and json.dumps", sys.executable, script, config)
        compare(ours, theirs, limit=0.2, rounds=5)
        report_memory(
            Contender(name="expansion", argv=[str(SCRIPTS / "expansion"), str(config)]), limit=60
        )


def million() -> dict[str, list[object]]:
    """A sweep of 1,000,000 experiments of four flags."""
    return {
        "learning_rate": [round(0.001 * step, 3) for step in range(1, 101)],
        "batch_size": [2**power for power in range(10)],
        "optimizer": [f"optimizer_{number}" for number in range(10)],
        "seed": list(range(100)),
    }


def piped(name: str, *words: object) -> Contender:
    command = " ".join(f"'{word}'" for word in words)
    return Contender(name=name, argv=["sh", "-c", f"{command} | cat > /dev/null"])


if __name__ == "__main__":
    main()
