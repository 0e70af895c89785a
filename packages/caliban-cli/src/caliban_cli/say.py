"""What a command says of its progress: on stderr, so that stdout is for answers."""

import sys


def say(line: str) -> None:
    """Print a line at once."""
    print(line, file=sys.stderr, flush=True)
