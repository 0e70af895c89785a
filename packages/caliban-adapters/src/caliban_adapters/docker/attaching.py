"""What a container writes, heard as it is written.

The engine's library attaches only by taking over the connection's socket, which nothing closes
afterwards. The engine also answers a plain request, with the same stream of frames as its body
(Docker Engine API 1.41, ContainerAttach).
"""

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

_HEADER: Final = struct.Struct(">BxxxL")
_PIECE: Final = 1 << 16


def attach(engine: "APIClient", name: str) -> "Response":
    """Begin to listen to both outputs of a container that has no terminal."""
    response = engine.post(
        f"{engine.base_url}/v{engine.api_version}/containers/{name}/attach",
        params={"stream": 1, "stdout": 1, "stderr": 1},
        stream=True,
        timeout=None,
    )
    response.raise_for_status()
    return response


def heard(attached: "Response") -> Iterator[bytes]:
    """What the container writes, in pieces of any size, until it has closed its outputs."""
    read = attached.raw.read
    while header := read(_HEADER.size):
        _, remaining = _HEADER.unpack(header)
        while remaining and (piece := read(min(remaining, _PIECE))):
            remaining -= len(piece)
            yield piece
