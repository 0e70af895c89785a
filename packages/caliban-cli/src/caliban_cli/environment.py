"""The world a command was started in, read once and handed on."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caliban_domain.errors import UsageError

_PLATFORMS: Final = {
    "x86_64": "linux/amd64",
    "aarch64": "linux/arm64",
    "arm64": "linux/arm64",
}
"""What the engine of a machine makes, by what the machine calls its processor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Where, by whom and with which settings a command runs."""

    variables: Mapping[str, str]
    cwd: Path
    home: Path
    user: str
    host: str
    machine: str
    uid: int
    gid: int
    shows_terminal: bool

    @property
    def platform(self) -> str:
        """What an image for this machine is for; empty where nobody knows."""
        return _PLATFORMS.get(self.machine, "")

    @property
    def state_directory(self) -> Path:
        """What must last: the history, and the logs of ended jobs."""
        return self._directory("XDG_STATE_HOME", ".local/state")

    @property
    def cache_directory(self) -> Path:
        """What can be made again: notes about files that were read before."""
        return self._directory("XDG_CACHE_HOME", ".cache")

    @property
    def config_directory(self) -> Path:
        """What a person settles for all of their projects."""
        return self._directory("XDG_CONFIG_HOME", ".config")

    def _directory(self, variable: str, default: str) -> Path:
        # The XDG specification says that a relative path in these variables is to be ignored.
        chosen = self.variables.get(variable, "")
        parent = Path(chosen) if chosen.startswith("/") else self.home / default
        return parent / "caliban"


def read_environment() -> Environment:
    """The environment of this process."""
    return Environment(
        variables=dict(os.environ),
        cwd=_cwd(),
        home=_home(),
        user=_user(),
        host=os.uname().nodename,
        machine=os.uname().machine,
        uid=os.getuid(),
        gid=os.getgid(),
        shows_terminal=sys.stdout.isatty(),
    )


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError(
            "the current directory doesn't exist any more", hint="cd to one"
        ) from error


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        # No $HOME and no entry for this user: as the system does then, begin at the root.
        return Path("/")


def _user() -> str:
    for variable in ("LOGNAME", "USER"):
        if name := os.environ.get(variable):
            return name
    from pwd import getpwuid

    try:
        return getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
