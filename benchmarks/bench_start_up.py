"""How soon a command answers, against the bare interpreter and the library it can't do without."""

import sys
import tempfile
from pathlib import Path

from caliban_adapters.sql.history import open_history
from side_by_side import SCRIPTS, Contender, compare

ROUNDS = 15


def main() -> None:
    python = Contender(name="python -c pass", argv=[sys.executable, "-c", "pass"])
    sqlalchemy = Contender(
        name="import sqlalchemy", argv=[sys.executable, "-c", "import sqlalchemy"]
    )
    caliban = str(SCRIPTS / "caliban")
    compare(
        Contender(name="caliban --help", argv=[caliban, "--help"]), python, limit=4, rounds=ROUNDS
    )
    with tempfile.TemporaryDirectory() as home:
        empty_history(Path(home))
        status = Contender(
            name="caliban status, empty history",
            argv=[caliban, "status"],
            environment={"XDG_STATE_HOME": home},
        )
        compare(status, sqlalchemy, limit=1.4, rounds=ROUNDS)


def empty_history(state_home: Path) -> None:
    """Make a history that holds no job yet."""
    with open_history(state_home / "caliban/history.db"):
        pass


if __name__ == "__main__":
    main()
