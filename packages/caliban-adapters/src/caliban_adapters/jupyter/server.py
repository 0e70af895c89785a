"""A Jupyter server: what to install, how to start it, and where it can be opened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from caliban_domain.errors import UsageError

_VERSION: Final = r"\d+(\.(\d+|\*))*([abc]|rc|\.post|\.dev)?\d*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A server for notebooks, or for the whole lab, on a port of its container.

    ``token`` lets in whoever knows it: it is passed in the environment, never in a command.
    """

    lab: bool
    port: int
    token: str

    @property
    def command(self) -> tuple[str, ...]:
        """Starts the server, which nobody but this machine can reach from outside."""
        return (
            *("jupyter", "lab" if self.lab else "notebook"),
            *("--no-browser", "--allow-root", "--ip=0.0.0.0", f"--port={self.port}"),
            "--ServerApp.port_retries=0",
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """What the server finds in its environment, and nobody else should see."""
        return {"JUPYTER_TOKEN": self.token}

    @property
    def address(self) -> str:
        """Where this machine finds the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What a person opens in a browser."""
        return f"{self.address}/{'lab' if self.lab else 'tree'}?token={self.token}"


def package(*, lab: bool, version: str | None) -> str:
    """The requirement that brings the server into an image. Raises UsageError."""
    name = "jupyterlab" if lab else "notebook"
    if version is None:
        return name
    if not re.fullmatch(_VERSION, version):
        raise UsageError(
            f"--jupyter_version {version} is not a version",
            hint=f"name one of {name} as 4.2.5, or as 4.* for the newest of many",
        )
    return f"{name}=={version}"
