"""What a command says of its progress: on stderr, so that stdout is for answers."""

import sys

from caliban_cli import streams


def say(line: str) -> None:
    """Print a line at once, for whoever still reads."""
    try:
        print(line, file=sys.stderr, flush=True)
    except BrokenPipeError:
        streams.abandon(sys.stderr)
