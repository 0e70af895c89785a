"""What a person adds to ``docker run``, looked at before anything is built or recorded.

Only the docker client knows all of its flags and what their values look like. It reads them before
it speaks to an engine, up to the first that it doesn't understand.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from caliban_adapters.docker.process import Command, run
from caliban_domain.errors import PlatformUnavailable, UsageError

_OURS: Final = frozenset({"--name", "--rm", "-d", "--detach", "--entrypoint", "--cidfile"})
_END: Final = "--end-of-run-args"  # which no client knows
_NO_ENGINE: Final = {"DOCKER_HOST": "unix:///dev/null"}
_NO_FLAG: Final = "(unknown|bad) (shorthand )?flag.*|flag needs an argument.*|invalid argument .*"


def checked_run_args(run_args: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, if the docker client takes them and none takes a container out of our hands.

    Raises UsageError. Where there is no docker client, the second is all that is known.
    """
    for argument in run_args:
        if argument.partition("=")[0] in _OURS:
            raise UsageError(
                f"--docker_run_args holds {argument}, which caliban sets itself",
                hint="leave it out; containers are named, detached and removed for you",
            )
    if run_args and (complaint := _complaint(run_args)):
        raise UsageError(
            f"--docker_run_args: {complaint}",
            hint="it takes what docker run takes before the image; docker run --help lists it",
        )
    return run_args


def _complaint(run_args: Sequence[str]) -> str | None:
    """What is wrong with them, in the client's words where it has some."""
    with suppress(PlatformUnavailable):
        asked = run(Command(("docker", "create", *run_args, _END), env=_NO_ENGINE))
        complaint = re.search(_NO_FLAG, asked.stderr)
        if complaint is None:
            # It took the mark for the value of the last flag, or for part of a command.
            is_value = "at least 1 argument" in asked.stderr
            return f"{run_args[-1]} needs a value" if is_value else "a word belongs to no flag"
        if complaint[0] != f"unknown flag: {_END}":
            return f"{run_args[-1]} needs a value" if _END in complaint[0] else complaint[0]
    return None
