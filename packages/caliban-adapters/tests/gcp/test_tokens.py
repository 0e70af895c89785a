"""Tokens of a service account, from a stand-in for Google's login."""

import json
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from caliban_adapters.gcp.failures import Refused, Unclear
from caliban_adapters.gcp.tokens import access_token, token_source
from caliban_domain.errors import PlatformUnavailable

WriteKey = Callable[[int], Path]


@pytest.fixture
def write_key(tmp_path: Path) -> WriteKey:
    """Writes a service account's key, whose tokens come from a port on loopback."""
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    def write(port: int) -> Path:
        path = tmp_path / "key.json"
        described = {
            "type": "service_account",
            "client_email": "robot@trees.iam.gserviceaccount.com",
            "private_key": pem.decode(),
            "token_uri": f"http://127.0.0.1:{port}/token",
        }
        path.write_text(json.dumps(described))
        return path

    return write


class _Login(BaseHTTPRequestHandler):
    answer = (200, '{"access_token": "resin", "expires_in": 3600}')

    def do_POST(self) -> None:
        status, body = self.answer
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


class _Stranger(_Login):
    answer = (400, '{"error": "invalid_grant"}')


@pytest.mark.parametrize(("handler", "token"), [(_Login, "resin"), (_Stranger, None)])
def test_a_key_gives_a_token_unless_google_disowns_it(
    handler: type[_Login], token: str | None, write_key: WriteKey
) -> None:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = access_token({}, write_key(server.server_port))
        server.shutdown()
    assert found == token


def test_a_login_that_does_not_answer_may_come_back(write_key: WriteKey) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        key = write_key(taken.getsockname()[1])
        with pytest.raises(PlatformUnavailable, match="can't be reached"):
            access_token({}, key)


def test_anonymous_people_have_no_token(tmp_path: Path) -> None:
    assert access_token({"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true"}, None) is None
    assert access_token({}, tmp_path / "no-such-key.json") is None


class _Hasty(_Login):
    answer = (200, '{"access_token": "resin", "expires_in": 1}')


@pytest.mark.parametrize(("handler", "logins"), [(_Login, 1), (_Hasty, 3)])
def test_a_token_is_had_anew_once_it_ends(
    handler: type[_Login], logins: int, write_key: WriteKey
) -> None:
    heard = []

    class Counted(handler):  # type: ignore[valid-type,misc]
        def do_POST(self) -> None:  # noqa: N802
            heard.append(self.path)
            super().do_POST()

    with HTTPServer(("127.0.0.1", 0), Counted) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        token = token_source({}, write_key(server.server_port))
        assert [token() for _ in range(3)] == ["resin"] * 3
        server.shutdown()
    assert len(heard) == logins


def test_a_source_says_why_it_has_no_token(write_key: WriteKey) -> None:
    with HTTPServer(("127.0.0.1", 0), _Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        disowned = token_source({}, write_key(server.server_port))
        with pytest.raises(Refused, match="doesn't accept your login"):
            disowned()
        server.shutdown()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        unheard = token_source({}, write_key(taken.getsockname()[1]))
        with pytest.raises(Unclear, match="can't be reached"):
            unheard()
