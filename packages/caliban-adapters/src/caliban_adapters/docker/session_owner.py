"""Which process a session's container belongs to, so that none outlives a killed one for long.

The same goes for containers that hold a network for jobs. Whoever is killed tidies nothing up. The
next command does it that speaks to the engine, by a label that names the process so that no other
is taken for it: by boot, name space, person, number and start. Where the system doesn't tell these,
as on a Mac, nothing is labelled and nothing tidied up.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from caliban_adapters.docker.containers import lent_network
from caliban_adapters.docker.engine import Conflict, NotThere, engine_errors

if TYPE_CHECKING:
    from docker import APIClient

SESSION_LABEL: Final = "io.caliban.session"
OWNER_LABEL: Final = "io.caliban.session-owner"
NETWORK: Final = "network"

_PROC: Final = Path("/proc")
_STARTED: Final = 19  # of the fields behind the name in /proc/N/stat


def owner(process: int | None = None) -> str | None:
    """The name of a running process, this one by default; None where there is none to be had."""
    process = process or os.getpid()
    with suppress(OSError, IndexError):
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        space = (_PROC / "self/ns/pid").stat().st_ino  # whose numbers these are
        fields = (_PROC / f"{process}/stat").read_text().rpartition(")")[2].split()
        return f"{boot}/{space}/{os.getuid()}/{process}/{fields[_STARTED]}"
    return None


def is_killed(name: str) -> bool:
    """Whether this person's process of that name runs no more. Nothing is told of others'."""
    mine = owner()
    with suppress(ValueError):  # of what isn't the name of a process
        person, process, _ = name.rsplit("/", 2)
        is_mine = mine is not None and mine.rsplit("/", 2)[0] == person
        return is_mine and owner(int(process)) != name
    return False


def remove(engine: "APIClient", container: str) -> None:
    """Remove a container, whatever it does, unless it is gone or on its way."""
    with suppress(NotThere, Conflict), engine_errors():
        engine.remove_container(container, v=True, force=True)


def remove_orphans(engine: "APIClient") -> None:
    """Remove the containers that belong to a killed process of this person.

    A shell that runs is left alone: the docker client, which lives on, may still be used. So is a
    network that a running container uses.
    """
    with engine_errors():
        labelled = engine.containers(all=True, filters={"label": OWNER_LABEL})
        orphans = [container for container in labelled if _is_orphan(container)]
        used = _networks_in_use(engine) if any(map(_is_network, orphans)) else frozenset()
    for orphan in orphans:
        if not (_is_network(orphan) and orphan["Id"] in used):
            remove(engine, orphan["Id"])


def _is_orphan(container: Mapping[str, Any]) -> bool:
    labels: Mapping[str, str] = container["Labels"]
    is_used_shell = container["State"] == "running" and labels.get(SESSION_LABEL) == "shell"
    return is_killed(labels[OWNER_LABEL]) and not is_used_shell


def _is_network(container: Mapping[str, Any]) -> bool:
    return bool(container["Labels"].get(SESSION_LABEL) == NETWORK)


def _networks_in_use(engine: "APIClient") -> frozenset[str]:
    """The ids of the containers whose networks others use that run."""
    return frozenset(filter(None, map(lent_network, engine.containers())))
