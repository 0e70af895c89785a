"""Which process a session's container belongs to, so that none outlives a killed one for long.

Whoever is killed tidies nothing up. The next session does it, by a label that names the process so
that no other is taken for it: by boot, name space, person, number and start. Where the system
doesn't tell these, as on a Mac, nothing is labelled and nothing tidied up.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from caliban_adapters.docker.engine import Conflict, NotThere, engine_errors

if TYPE_CHECKING:
    from docker import APIClient

SESSION_LABEL: Final = "io.caliban.session"
OWNER_LABEL: Final = "io.caliban.session-owner"

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


def remove_orphans(engine: "APIClient") -> None:
    """Remove the containers of this person's sessions whose process was killed.

    A shell that runs is left alone: the docker client, which lives on, may still be used.
    """
    mine = owner()
    if mine is None:
        return
    with engine_errors():
        found = engine.containers(all=True, filters={"label": OWNER_LABEL})
    for container in found:
        if _is_orphan(container, mine):
            with suppress(NotThere, Conflict), engine_errors():
                engine.remove_container(container["Id"], v=True, force=True)


def _is_orphan(container: Mapping[str, Any], mine: str) -> bool:
    labels: Mapping[str, str] = container["Labels"]
    theirs = labels[OWNER_LABEL]
    person, process, _ = theirs.rsplit("/", 2)
    if person != mine.rsplit("/", 2)[0] or owner(int(process)) == theirs:
        return False
    in_use: bool = container["State"] == "running" and labels.get(SESSION_LABEL) == "shell"
    return not in_use
