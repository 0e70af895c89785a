"""A question before something that can't be undone; the answer is no unless it is yes."""

import sys

from caliban_domain.errors import UsageError


def require_somebody_to_ask(command: str) -> None:
    """Raises UsageError where nobody could answer."""
    if not has_terminal():
        raise UsageError(
            f"caliban {command} asks before it acts, and there is no terminal to ask on",
            hint="--yes agrees beforehand; --dry_run only shows what would happen",
        )


def agreed(question: str) -> bool:
    """Ask on the terminal. An empty answer, or none, is a no."""
    print(f"{question} [yN]: ", end="", flush=True)
    answer = ""
    try:
        answer = sys.stdin.readline()
    finally:
        if not answer.endswith("\n"):
            print(flush=True)  # what is said next begins a line
    return answer.strip().lower() in {"y", "yes"}


def has_terminal() -> bool:
    """Whether somebody may be typing. A standard input that was closed is None."""
    return sys.stdin is not None and sys.stdin.isatty()
