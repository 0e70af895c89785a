"""A Docker engine that seems to have GPUs: it notes what is asked for, and lets the real one do it.

It stands between caliban and the real engine's socket. To what the engine says of itself it adds
NVIDIA's runtime; from the requests to create containers it takes the devices, which the real
engine lacks. All else passes through unchanged.
"""

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from threading import Thread
from typing import Any, Final

_SOCKET: Final = "/var/run/docker.sock"
_PIECE: Final = 1 << 16
_CREATE: Final = re.compile(rb"POST (?:/v[\d.]+)?/containers/create[? ]")
_INFO: Final = re.compile(rb"GET (?:/v[\d.]+)?/info ")
_CONNECTION: Final = re.compile(rb"\r\nConnection: (?!Upgrade)[^\r]*", re.IGNORECASE)
_UPGRADE: Final = re.compile(rb"\r\nConnection: Upgrade", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"


class RecordingEngine(ThreadingUnixStreamServer):
    """``created`` holds the body of every request for a container, in their order."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Exchange)
        self.host: Final = f"unix://{path}"
        self.created: list[dict[str, Any]] = []

    @property
    def device_requests(self) -> list[list[dict[str, Any]]]:
        return [body["HostConfig"].get("DeviceRequests") or [] for body in self.created]


@contextmanager
def recording_engine(path: Path) -> Iterator[RecordingEngine]:
    """An engine at this path, whose name must be short, while the body runs."""
    with RecordingEngine(path) as engine:
        Thread(target=engine.serve_forever, daemon=True).start()
        yield engine
        engine.shutdown()


class _Exchange(StreamRequestHandler):
    """One request and its answer: connections aren't used twice, so that each can be told apart."""

    rbufsize = 0  # What waits in a buffer, nobody could pass on.
    server: RecordingEngine

    def handle(self) -> None:
        if not (head := _head(self.rfile)):
            return
        body = b""
        if _CREATE.match(head) and (length := _LENGTH.search(head)):
            asked = json.loads(_exactly(self.rfile, int(length[1])))
            self.server.created.append(json.loads(json.dumps(asked)))
            asked["HostConfig"].pop("DeviceRequests", None)
            body = json.dumps(asked).encode()
            head = _LENGTH.sub(b"\r\nContent-Length: %d" % len(body), head)
        if not _UPGRADE.search(head):
            head = _CONNECTION.sub(b"", head).removesuffix(_END) + b"\r\nConnection: close" + _END
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(os.environ.get("DOCKER_HOST", _SOCKET).removeprefix("unix://"))
            engine.sendall(head + body)
            if _INFO.match(head):
                self.wfile.write(_with_gpus(_read(engine)))
                return
            Thread(target=_pass_on, args=(self.connection, engine), daemon=True).start()
            while data := engine.recv(_PIECE):
                with suppress(BrokenPipeError):
                    self.wfile.write(data)


def _head(stream: BufferedIOBase) -> bytes:
    lines = []
    while (line := stream.readline()) not in {b"\r\n", b""}:
        lines.append(line)
    return b"".join([*lines, b"\r\n"]) if lines else b""


def _exactly(stream: BufferedIOBase, length: int) -> bytes:
    read = b""
    while len(read) < length and (data := stream.read(length - len(read))):
        read += data
    return read


def _pass_on(client: socket.socket, engine: socket.socket) -> None:
    with suppress(OSError):
        while data := client.recv(_PIECE):
            engine.sendall(data)
        engine.shutdown(socket.SHUT_WR)


def _read(engine: socket.socket) -> bytes:
    return b"".join(iter(lambda: engine.recv(_PIECE), b""))


def _with_gpus(answer: bytes) -> bytes:
    """The engine's answer, in one piece, and with NVIDIA's runtime."""
    text = answer.partition(_END)[2]
    info = json.loads(text[text.index(b"{") : text.rindex(b"}") + 1].replace(b"\r\n", b""))
    info["Runtimes"]["nvidia"] = {"path": "nvidia-container-runtime"}
    body = json.dumps(info).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
