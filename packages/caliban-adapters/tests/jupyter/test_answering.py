"""Ports that are free, and servers that answer."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from caliban_adapters.jupyter.answering import await_answer, free_port
from caliban_adapters.jupyter.server import Server
from caliban_domain.errors import PlatformError, UsageError

NOBODY = 65534
TOKEN = "t0ken"  # noqa: S105


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", port)) as listener:
        yield listener.getsockname()[1]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        knows_it = self.headers["Authorization"] == f"token {TOKEN}"
        self.send_response(200 if self.path == "/api/status" and knows_it else 403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def jupyter(port: int = 0) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def server(port: int, token: str = TOKEN) -> Server:
    return Server(lab=False, port=port, token=token)


def test_a_free_port_is_given_as_it_is_wanted() -> None:
    with taken() as port:
        pass
    assert free_port(port) == port


def test_a_port_that_is_taken_is_refused() -> None:
    with taken() as port, pytest.raises(UsageError, match="another program uses it") as raised:
        free_port(port)
    assert raised.value.message.startswith(f"--port {port} ")
    assert raised.value.hint


def test_the_first_free_port_is_found() -> None:
    first = free_port(None)
    with taken(first):
        assert first < free_port(None)
    assert first >= 8888


def test_a_port_that_turned_out_to_be_taken_is_not_tried_again() -> None:
    first = free_port(None)
    assert free_port(None, taken=first) > first
    with pytest.raises(UsageError, match=r"^--port 9000 can't be used: another program uses it$"):
        free_port(9000, taken=9000)


@pytest.mark.parametrize("port", [0, 65536, 10**9])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(UsageError, match="ports go from 1 to 65535"):
        free_port(port)


def test_a_port_of_the_system_needs_permission() -> None:
    """Which root has, and which some systems give to everybody."""
    setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if setting.exists() and int(setting.read_text()) <= 81:
        assert free_port(81) == 81
        return
    before = os.geteuid()
    os.seteuid(NOBODY)
    try:
        with pytest.raises(UsageError, match="ports below 1024 need permission"):
            free_port(81)
    finally:
        os.seteuid(before)


def test_a_server_that_answers_to_its_token_is_there() -> None:
    said: list[str] = []
    with jupyter() as port:
        await_answer(server(port), is_over=lambda: False, say=said.append)
    assert said == []


def test_a_server_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with taken() as port:
        pass
    with ExitStack() as begun:

        def begins_now() -> bool:
            begun.enter_context(jupyter(port))
            return False

        await_answer(server(port), is_over=begins_now, say=print)


def test_another_server_on_the_port_is_not_taken_for_it() -> None:
    said: list[str] = []
    with jupyter() as port, pytest.raises(PlatformError, match="hasn't answered"):
        await_answer(server(port, "other"), is_over=lambda: False, say=said.append, patience=2.5)
    assert said == ["waiting for Jupyter to answer (2 s)"]


def test_one_that_has_ended_is_not_waited_for() -> None:
    with taken() as port:
        pass
    with pytest.raises(PlatformError, match="ended before it answered"):
        await_answer(server(port), is_over=lambda: True, say=print)
