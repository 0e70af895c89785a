"""The fake on loopback, where any program reaches it."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl

from fakes.fake_google import Answer, FakeGoogle, Request
from fakes.tokens import BadGrant, service_account_key

_TOKEN_PATH = "/token"  # noqa: S105 -- an address, not a secret


class Google(FakeGoogle):
    """The fake, and where it listens."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.url = f"http://127.0.0.1:{port}"
        self.ended = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be told to find the fake; nobody logs in."""
        return {
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": f"{self.url}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{self.url}/compute/v1/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER": f"{self.url}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"{self.url}/",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        }

    @property
    def token_uri(self) -> str:
        return self.url + _TOKEN_PATH

    def service_account_key(self) -> str:
        """The text of a key file that gets tokens from the fake."""
        return json.dumps(service_account_key(self.token_uri))


@contextmanager
def serve() -> Iterator[Google]:
    """A fake on a free port, until the block ends."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.google = Google(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.google
        finally:
            server.google.ended.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    google: Google

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away, as killed ones do, is no mistake of the fake."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        google = cast("_Server", self.server).google
        if (self.command, self.path) == ("POST", _TOKEN_PATH):
            self._write(*_token(google, body), {})
            return
        self._misanswer(
            google.answer(
                Request(
                    verb=self.command,
                    target=self.path,
                    body=body,
                    authorization=self.headers.get("Authorization"),
                )
            ),
            google,
        )

    def _misanswer(self, answer: Answer, google: Google) -> None:
        fault = answer.fault
        if fault.meanwhile:
            fault.meanwhile()
        if fault.delay:
            google.ended.wait(fault.delay)
        self._write(answer.code, answer.body, answer.headers, heard=fault.heard)

    def _write(
        self,
        code: int,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        heard: float = 1,
    ) -> None:
        if not heard:
            self._hang_up()
            return
        content = json.dumps(body).encode()
        self.send_response(code, HTTPStatus(code).phrase)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: int(len(content) * heard)])
        self.wfile.flush()
        if heard < 1:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Silent: what was asked is in ``Google.asked``."""


def _token(google: Google, body: bytes) -> tuple[int, dict[str, Any]]:
    try:
        return 200, google.tokens.grant(dict(parse_qsl(body.decode())), google.token_uri)
    except BadGrant as error:
        return 400, {"error": "invalid_grant", "error_description": str(error)}
