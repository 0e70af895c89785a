"""A package index that wants a name and a password, where containers on this machine reach it."""

import base64
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Final

from workplace import docker

_BRIDGE: Final = "{{json (index .IPAM.Config 0)}}"


@dataclass(frozen=True, kw_only=True)
class PrivateIndex:
    """Serves one package, whose ``setup.py`` runs where it is installed."""

    host: str
    url: str


@contextmanager
def serve(package: str, setup: str, *, login: str, password: str) -> Iterator[PrivateIndex]:
    """Offer version 1.0 of a package to those who know the password."""
    archive = f"{package}-1.0.tar.gz"
    files = {
        f"/simple/{package}/": f'<a href="/{archive}">{archive}</a>'.encode(),
        f"/{archive}": _source(f"{package}-1.0", {"setup.py": setup}),
    }
    expected = f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path)
            if self.headers["Authorization"] != expected:
                self._answer(401, b"")
            else:
                self._answer(200 if body else 404, body or b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic")
            is_page = self.path.endswith("/")
            self.send_header("Content-Type", "text/html" if is_page else "application/gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # on a busy machine, more than five may wait to be heard

    host = _address()
    with Server((host, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield PrivateIndex(host=host, url=f"http://{host}:{server.server_port}/simple/")
        finally:
            server.shutdown()
            thread.join()


def _address() -> str:
    """This machine, as its containers see it. An engine names it from its second start on."""
    network = json.loads(docker("network", "inspect", "bridge", "--format", _BRIDGE))
    return str(network.get("Gateway") or ip_network(network["Subnet"])[1])


def _source(folder: str, files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()
