"""A name for whoever a container runs as.

Images are made for any uid, so that theirs know few. Much asks the variables first that a container
is given; but ``whoami``, the prompt of bash, ssh and ``pwd.getpwuid`` only believe ``/etc/passwd``.
So the entry is written into each container between its creation and its start.
"""

import io
import re
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from caliban_adapters.docker.containers import ContainerSettings
from caliban_adapters.docker.dockerfile import HOME
from caliban_adapters.docker.engine import Conflict, NotThere, engine_errors
from caliban_domain.errors import PlatformError

if TYPE_CHECKING:
    from docker import APIClient

FOLDER: Final = "/etc"
USERS: Final = "passwd"
GROUPS: Final = "group"

_ANYBODY: Final = "caliban"
_PLAIN: Final = r"\w[\w.-]*"
_NUMBERS: Final = r"(\d+)(?::(\d+))?"


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Whom a container runs as; the name need not be fit for a file."""

    uid: int
    gid: int
    name: str
    home: str


def user_of(settings: ContainerSettings, user: str | None) -> User | None:
    """Who ``user``, a ``uid:gid``, is by these settings; None for one who needs no introduction.

    That is one who isn't a number, and root, whom every image knows.
    """
    numbers = re.fullmatch(_NUMBERS, user or "")
    if numbers is None or set(numbers.groups(default="0")) == {"0"}:
        return None
    return User(
        uid=int(numbers[1]),
        gid=int(numbers[2] or 0),
        name=settings.environment.get("USER", _ANYBODY),
        home=settings.environment.get("HOME", HOME),
    )


def with_user(files: Mapping[str, bytes], user: User) -> dict[str, bytes]:
    """Those of the files ``passwd`` and ``group`` that don't know the user, with an entry added.

    A name that belongs to somebody else stays theirs.
    """
    entries = {
        USERS: (user.uid, f"{user.gid}::{user.home}:/bin/sh"),
        GROUPS: (user.gid, ""),
    }
    added = {file: _added(text, user.name, *entries[file]) for file, text in files.items()}
    return {file: text for file, text in added.items() if text is not None}


def _added(text: bytes, name: str, number: int, rest: str) -> bytes | None:
    """The text with a line for a number; None if it has one."""
    rows = [line.split(b":") for line in text.splitlines()]
    if any(row[2:3] == [str(number).encode()] for row in rows):
        return None
    line = b"%s:x:%d:%s\n" % (_free(name, rows), number, rest.encode())
    return (text.rstrip(b"\n") + b"\n" + line).lstrip(b"\n")


def _free(name: str, rows: list[list[bytes]]) -> bytes:
    """The name, or one like it that no row has."""
    taken = {row[0] for row in rows}
    name = name if re.fullmatch(_PLAIN, name) else _ANYBODY
    candidates = (name, _ANYBODY, *(f"{_ANYBODY}-{number}" for number in range(len(rows))))
    return next(name.encode() for name in candidates if name.encode() not in taken)


class Introductions:
    """Makes containers that have common settings know their user; images are read once."""

    def __init__(self, settings: ContainerSettings) -> None:
        self._settings = settings
        self._archives: dict[tuple[str, User], bytes | None] = {}

    def introduce(self, engine: "APIClient", container: str, image: str) -> None:
        """See to it that the container, which was just created, knows its user.

        One that can't be written to, or has no such files, does without.
        """
        with suppress(PlatformError, NotThere, Conflict), engine_errors():
            user = user_of(self._settings, self._user(engine, container))
            if user is None:
                return
            key = (image, user)
            if key not in self._archives:
                self._archives[key] = _archive(with_user(_files(engine, container), user))
            if archive := self._archives[key]:
                engine.put_archive(container, FOLDER, archive)

    def _user(self, engine: "APIClient", container: str) -> str | None:
        if not self._settings.run_args:
            return self._settings.user
        return str(engine.inspect_container(container)["Config"]["User"])


def _files(engine: "APIClient", container: str) -> dict[str, bytes]:
    return {name: _read(engine, container, name) for name in (USERS, GROUPS)}


def _read(engine: "APIClient", container: str, name: str) -> bytes:
    pieces, _ = engine.get_archive(container, f"{FOLDER}/{name}")
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        entry = archive.next()
        file = archive.extractfile(entry) if entry and entry.isfile() else None
        if file is None:
            raise NotThere(f"{FOLDER}/{name} is no file")
        return file.read()


def _archive(files: Mapping[str, bytes]) -> bytes | None:
    if not files:
        return None
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
