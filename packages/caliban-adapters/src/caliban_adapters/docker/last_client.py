"""The docker client that was found last time, noted because asking them all takes a while."""

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from caliban_adapters.docker.client import clients, find_client
from caliban_adapters.docker.commands import Client

_PLUGINS: Final = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where docker looks for plugins, beside the person's own directory."""


def known_client(cache_dir: Path) -> Client | None:
    """What ``find_client`` finds, without asking while no client or plugin came or went."""
    note = cache_dir / "docker-client.json"
    seen = _seen()
    with suppress(OSError, ValueError, TypeError, KeyError):
        known = json.loads(note.read_bytes())
        if known["seen"] == seen:
            return Client(**known["client"])
    client = find_client()
    if client:
        with suppress(OSError):
            note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            note.write_text(json.dumps({"seen": seen, "client": asdict(client)}))
    return client


def _seen() -> list[list[Any]]:
    own = os.environ.get("DOCKER_CONFIG") or Path("~/.docker").expanduser()
    return [_dated(path) for path in (*clients(), *_PLUGINS, f"{own}/cli-plugins")]


def _dated(path: str) -> list[Any]:
    with suppress(OSError):
        found = Path(path).stat()
        return [path, found.st_mtime_ns, found.st_ino]
    return [path]
