"""Which docker client builds: one that speaks to BuildKit, wherever on PATH it is."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from caliban_adapters.docker import commands
from caliban_adapters.docker.process import run

# From 23.0 on a client builds with BuildKit only through the buildx plugin; before, by itself.
_NEEDS_PLUGIN: Final = 23
_HAS_BUILDKIT: Final = (18, 9)


def buildkit_client() -> str | None:
    """The path of the first docker client that can use BuildKit, or None."""
    return next(filter(_can_build, _clients()), None)


def _clients() -> Iterator[str]:
    for folder in os.get_exec_path():
        path = Path(folder, "docker")
        if path.is_file() and os.access(path, os.X_OK):
            yield str(path)


def _can_build(client: str) -> bool:
    if run(commands.buildx_version(client)).exit_code == 0:
        return True
    version = run(commands.client_version(client)).stdout.strip()
    return _HAS_BUILDKIT <= _numbers(version) < (_NEEDS_PLUGIN,)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split("+", maxsplit=1)[0].split(".")[:2]
    return tuple(int(part) for part in parts if part.isdecimal())
