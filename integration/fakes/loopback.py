"""A server on loopback whose every answer may come late, in part, or not at all."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Conversation(BaseHTTPRequestHandler):
    """One connection; ``respond`` is called for each request on it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def respond(self, body: bytes) -> None:
        """Answers the request of ``command``, ``path`` and ``headers``."""
        raise NotImplementedError

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.respond(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def write(
        self, code: int, content: bytes, headers: Mapping[str, str], *, heard: float = 1
    ) -> None:
        """Sends an answer, of which only a part arrives if ``heard`` is less than 1."""
        if not heard:
            self.hang_up()
            return
        self.send_head(code, {"Content-Length": str(len(content)), **headers})
        self.wfile.write(content[: int(len(content) * heard)])
        self.wfile.flush()
        if heard < 1:
            self.hang_up()

    def send_head(self, code: int, headers: Mapping[str, str]) -> None:
        self.send_response(code, HTTPStatus(code).phrase)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Silent: the fakes know themselves what they were asked."""


class Server(ThreadingHTTPServer):
    """Listens on a free port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, conversation: type[Conversation]) -> None:
        super().__init__(("127.0.0.1", 0), conversation)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away, as killed ones do, is no mistake of the fake."""


@contextmanager
def serving(server: Server, ended: threading.Event) -> Iterator[None]:
    """Serves until the block ends, and says so to those who wait."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            server.shutdown()
            thread.join()
