"""Experiments of a tracking server, made before jobs need them."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from caliban_adapters.mlflow.server import make_experiment
from caliban_domain.mlflow import MlflowConfig, Tracking
from caliban_domain.names import GroupName

USER_AND_PASSWORD = {"MLFLOW_TRACKING_USERNAME": "totoro", "MLFLOW_TRACKING_PASSWORD": "acörn"}


@dataclass
class Asked:
    """What a server was asked, and the address where it is."""

    uri: str
    paths: list[str] = field(default_factory=list)
    bodies: list[object] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)


@contextmanager
def answering(status: int, body: object) -> Iterator[Asked]:
    """A server that gives everybody the same answer."""
    asked = Asked("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.paths.append(self.path)
            asked.authorizations.append(self.headers["Authorization"])
            asked.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        asked.uri = f"http://127.0.0.1:{server.server_port}"
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def told(uri: str, secrets: dict[str, str] | None = None) -> list[str]:
    """What is said while the experiment of a group is made."""
    said: list[str] = []
    tracking = Tracking(MlflowConfig(tracking_uri=uri), GroupName("größen 1"))
    make_experiment(tracking, secrets or {}, said.append)
    return said


def test_the_experiment_of_a_group_is_made() -> None:
    with answering(200, {"experiment_id": "1"}) as server:
        assert told(f"{server.uri}/lab/") == []
    assert server.paths == ["/lab/api/2.0/mlflow/experiments/create"]
    assert server.bodies == [{"name": "größen 1"}]
    assert server.authorizations == [None]


def test_one_that_is_there_already_is_fine() -> None:
    with answering(400, {"error_code": "RESOURCE_ALREADY_EXISTS"}) as server:
        assert told(server.uri) == []


@pytest.mark.parametrize(
    ("secrets", "sent"),
    [
        (USER_AND_PASSWORD, "Basic " + b64encode("totoro:acörn".encode()).decode()),
        ({"MLFLOW_TRACKING_TOKEN": "t0ken"}, "Bearer t0ken"),
        (USER_AND_PASSWORD | {"MLFLOW_TRACKING_TOKEN": "t0ken"}, "Basic dG90b3JvOmFjw7Zybg=="),
        ({"MLFLOW_TRACKING_USERNAME": "totoro"}, None),
    ],
)
def test_secrets_are_sent_as_mlflow_sends_them(secrets: dict[str, str], sent: str | None) -> None:
    with answering(200, {}) as server:
        assert told(server.uri, secrets) == []
    assert server.authorizations == [sent]


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, "wants a user and a password: set $MLFLOW_TRACKING_USERNAME"),
        (500, "answers 500 Internal Server Error"),
        (404, "answers 404 Not Found"),
    ],
)
def test_a_server_that_refuses_is_told_of(status: int, problem: str) -> None:
    with answering(status, {}) as server:
        (line,) = told(server.uri, USER_AND_PASSWORD)
    assert line.startswith(f"MLflow at {server.uri} {problem}")
    assert "acörn" not in line


def test_a_server_that_is_not_there_is_told_of() -> None:
    (line,) = told("http://127.0.0.1:9")
    assert line.startswith("MLflow at http://127.0.0.1:9 can't be reached from here (")
