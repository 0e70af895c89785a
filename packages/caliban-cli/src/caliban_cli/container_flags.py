"""The flags of every command that starts containers on this machine."""

import shlex
from dataclasses import dataclass

from caliban_cli.options import value
from caliban_domain.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class ContainerArgs:
    """Flags that say what containers are like."""

    docker_run_args: str = value(
        "--docker_run_args",
        about='more arguments for docker run, as one string: "-v /data:/data --shm-size 2g"',
        default="",
        metavar="ARGS",
    )

    @property
    def run_args(self) -> tuple[str, ...]:
        """The arguments for docker run as words. Raises UsageError."""
        try:
            return tuple(shlex.split(self.docker_run_args))
        except ValueError as error:
            raise UsageError(
                f"--docker_run_args {self.docker_run_args!r}: {str(error).lower()}",
                hint="it is split into words as a shell would do it",
            ) from error
