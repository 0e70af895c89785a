"""A Jupyter server from outside: a port for it, and whether it answers yet."""

import errno
import socket
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException
from typing import Final

from caliban_adapters.jupyter.server import Server
from caliban_domain.errors import PlatformError, UsageError

FIRST_PORT: Final = 8888

_TAKEN: Final = "another program uses it"
_LOOPBACK: Final = "127.0.0.1"
_LAST_PORT: Final = 65535
_PORTS_TRIED: Final = 200
_PATIENCE: Final = 120.0
_SILENCE: Final = 2.0
_PAUSE: Final = 0.1


def free_port(wanted: int | None, taken: int | None = None) -> int:
    """The port that is wanted, or else the first free one. Raises UsageError for one that isn't.

    One that looked free, and turned out to be ``taken``, isn't looked at again, nor those before.
    """
    if wanted is not None:
        if reason := _TAKEN if wanted == taken else _why_not(wanted):
            raise UsageError(
                f"--port {wanted} can't be used: {reason}",
                hint=f"without --port, the first free one from {FIRST_PORT} is taken",
            )
        return wanted
    first = FIRST_PORT if taken is None else taken + 1
    for port in range(first, FIRST_PORT + _PORTS_TRIED):
        if _why_not(port) is None:
            return port
    raise UsageError(
        f"no port from {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1} is free",
        hint="name another one with --port",
    )


def _why_not(port: int) -> str | None:
    if not 1 <= port <= _LAST_PORT:
        return f"ports go from 1 to {_LAST_PORT}"
    with closing(socket.socket()) as probe:
        # As servers do: what was closed a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            return _reason(error)
    return None


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _TAKEN
    if error.errno == errno.EACCES:
        return "ports below 1024 need permission of the system"
    return str(error.strerror).lower()


def await_answer(
    server: Server,
    *,
    is_over: Callable[[], bool],
    say: Callable[[str], None],
    patience: float = _PATIENCE,
) -> None:
    """Wait until the server answers to its token. Raises PlatformError if it doesn't, in the end.

    ``is_over`` tells whether the server has ended meanwhile, which is no use waiting for.
    """
    begin = time.monotonic()
    told = begin
    while not _answers(server):
        if is_over():
            raise PlatformError(
                "Jupyter ended before it answered", hint="what it wrote stands above"
            )
        now = time.monotonic()
        if now - begin > patience:
            raise PlatformError(
                f"Jupyter hasn't answered at {server.address} within {patience:.0f} s",
                hint="what it wrote stands above; a configuration in the home directory may have "
                "changed its address: --bare leaves that out",
            )
        if now - told > _SILENCE:
            say(f"waiting for Jupyter to answer ({now - begin:.0f} s)")
            told = now
        time.sleep(_PAUSE)


def _answers(server: Server) -> bool:
    request = urllib.request.Request(  # noqa: S310  # its own address, always http
        f"{server.address}/api/status", headers={"Authorization": f"token {server.token}"}
    )
    # A proxy for the world outside knows nothing of this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SILENCE) as response:
            return bool(response.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False
