"""Which docker client builds: one that speaks to BuildKit, wherever on PATH it is."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from caliban_adapters.docker import commands
from caliban_adapters.docker.commands import Client
from caliban_adapters.docker.process import running
from caliban_domain.errors import UsageError

_WITH_BUILDKIT: Final = (18, 9)
_ONLY_WITH_BUILDX: Final = (23, 0)


def find_client() -> Client | None:
    """The first client on PATH with buildx, else the first that has BuildKit built in, if any."""
    paths = list(clients())
    with ExitStack() as asking:
        # A client takes a while to answer; they are all asked at once.
        plugins = [asking.enter_context(running(commands.buildx_version(path))) for path in paths]
        versions = [asking.enter_context(running(commands.client_version(path))) for path in paths]
        for path, finish in zip(paths, plugins, strict=True):
            if finish().exit_code == 0:
                return Client(path, has_buildx=True)
        for path, finish in zip(paths, versions, strict=True):
            if has_buildkit(finish().stdout):
                return Client(path)
    return None


def require_client() -> Client:
    """The client, where only one that speaks to BuildKit will do. Raises UsageError."""
    client = find_client()
    if client is None:
        raise UsageError(
            "build_time_credentials needs BuildKit, which no docker client on PATH builds with",
            hint="install the buildx plugin of docker; without BuildKit an image would keep the "
            "credentials",
        )
    return client


def has_buildkit(version: str) -> bool:
    """Whether a client of this version builds with BuildKit without a plugin."""
    major, _, rest = version.strip().partition(".")
    minor = rest.partition(".")[0]
    if not (major.isdecimal() and minor.isdecimal()):
        return False
    return _WITH_BUILDKIT <= (int(major), int(minor)) < _ONLY_WITH_BUILDX


def clients() -> Iterator[str]:
    """The clients on PATH, each once, though several folders may lead to it."""
    seen = set()
    for directory in os.get_exec_path():
        path = f"{directory}/docker"
        real = os.path.realpath(path)
        if real not in seen and os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
            seen.add(real)
            yield path
