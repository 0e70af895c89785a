"""``--docker_run_args``: one flag that holds many arguments."""

import shlex

from caliban_domain.errors import UsageError


def split_run_args(text: str) -> tuple[str, ...]:
    """The arguments, as a shell would split them. Raises UsageError."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(
            f"--docker_run_args {text!r}: {str(error).lower()}",
            hint="it is split into words as a shell would do it",
        ) from error
