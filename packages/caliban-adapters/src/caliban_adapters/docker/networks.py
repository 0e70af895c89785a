"""Networks that the jobs of a sweep hand on to each other.

Most of the time that a trivial container takes goes into its network, which the kernel makes for it
and takes apart again. Where the jobs of a command turn out to be brief, later ones are given one
that is there already. A container that only sleeps holds it, as in the pods of Kubernetes; it
belongs to one job at a time.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from secrets import token_hex
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from caliban_adapters.docker.engine import Conflict, NotThere, engine_errors
from caliban_adapters.docker.session_owner import (
    NETWORK,
    OWNER_LABEL,
    SESSION_LABEL,
    is_killed,
    owner,
    remove,
    remove_orphans,
)
from caliban_domain.errors import PlatformError
from caliban_domain.jobs import JobSpec
from caliban_domain.names import JobName

if TYPE_CHECKING:
    from docker import APIClient

_SLASH: Final = "_"  # in the names of files
_BRIEF: Final = 10.0  # seconds; the network of a longer job takes a negligible part of them
_SEVERAL: Final = 4  # brief jobs: fewer don't earn the making of a network back
_NOTHING_LASTS: Final = {"net.ipv4.tcp_max_tw_buckets": "0"}
"""Ports are free at once, and not a minute after the connections of the job before (TIME_WAIT)."""


class Networks:
    """The networks of one command's jobs. Threads may use it at once.

    ``notes`` is a directory that tells the person's next commands what this one may leave.
    ``wanted`` is False where each job is to have its own; ``clock`` counts seconds.
    """

    def __init__(
        self, notes: Path, *, wanted: bool = True, clock: Callable[[], float] = monotonic
    ) -> None:
        self._notes = notes
        self._clock = clock
        self._owner = owner()
        # Without an owner's name nobody would ever remove what a killed command leaves.
        self._usable = wanted and self._owner is not None
        self._lock = Lock()
        self._brief = 0
        self._began: dict[JobName, float] = {}
        self._lent: dict[JobName, str] = {}
        self._free: list[str] = []
        self._holders: dict[str, str | None] = {}  # the ids of containers, by name

    def lend(self, engine: "APIClient", spec: JobSpec) -> str | None:
        """The id of a running container whose network the job may join; None if it has its own."""
        with self._lock:
            self._began[spec.name] = self._clock()
            if not self._usable or self._brief < _SEVERAL:
                return None
            if self._free:
                self._lent[spec.name] = self._free.pop()
                return self._lent[spec.name]
        network = self._made(engine, spec.image.reference)
        if network:
            self._lent[spec.name] = network
        return network

    def take_back(self, name: JobName) -> None:
        """The container of the job doesn't run any more, or never did."""
        with self._lock:
            began = self._began.pop(name, None)
            if began is not None and self._clock() - began < _BRIEF:
                self._brief += 1
            if network := self._lent.pop(name, None):
                self._free.append(network)

    def give_up(self) -> None:
        """Lend no more of them: the engine has lost one, or can't make what is asked of it."""
        self._usable = False

    @property
    def are_left(self) -> bool:
        """Whether there may be some of this command, or of one that was killed."""
        return any(self._left())

    def close(self, engine: "APIClient") -> None:
        """Remove the holders of all that were made, and what killed commands left behind.

        What a job still uses, because a command has left it behind, stays until a later one.
        """
        lent = {*self._lent.values()}
        done = [name for name, network in self._holders.items() if network not in lent]
        if done:
            with ThreadPoolExecutor(len(done)) as pool:
                list(pool.map(partial(remove, engine), done))
        for name in done:
            del self._holders[name]
        self._free.clear()
        remove_orphans(engine)
        for note, theirs in self._left():
            with engine_errors():
                label = f"{OWNER_LABEL}={theirs}"
                if not engine.containers(all=True, filters={"label": label}):
                    note.unlink(missing_ok=True)

    def _made(self, engine: "APIClient", image: str) -> str | None:
        name = f"caliban-network-{token_hex(4)}"
        try:
            self._note()
            # Before it is there: an interrupt may come at any moment.
            self._holders[name] = None
            with engine_errors():
                created = engine.create_container_from_config(self._body(image), name)
                engine.start(name)
        except (OSError, NotThere, Conflict, PlatformError):
            self.give_up()
            return None
        self._holders[name] = str(created["Id"])
        return self._holders[name]

    def _note(self) -> None:
        """Note whose networks there are about to be. Raises OSError."""
        if self._owner and not self._holders:
            self._notes.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._notes / self._owner.replace("/", _SLASH)).touch()

    def _left(self) -> Iterator[tuple[Path, str]]:
        """The notes that nobody else sees to, and the processes that they name."""
        with suppress(OSError):
            for note in self._notes.iterdir():
                theirs = note.name.replace(_SLASH, "/")
                if theirs == self._owner or is_killed(theirs):
                    yield note, theirs

    def _body(self, image: str) -> dict[str, Any]:
        """The request that creates a holder (Docker Engine API 1.41, ContainerCreate)."""
        return {
            "Image": image,
            "Entrypoint": ["sleep"],
            "Cmd": ["infinity"],
            # It is deaf to what asks it to end, as a container's first process.
            "StopSignal": "SIGKILL",
            "Healthcheck": {"Test": ["NONE"]},
            "Labels": {SESSION_LABEL: NETWORK, OWNER_LABEL: self._owner},
            "HostConfig": {
                "AutoRemove": True,
                "CapDrop": ["ALL"],
                "LogConfig": {"Type": "none"},
                "Sysctls": _NOTHING_LASTS,
            },
        }
