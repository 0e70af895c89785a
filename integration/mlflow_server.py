"""An MLflow tracking server of our own, with PostgreSQL behind it."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

_INSTALL: Final = Path(__file__).parent.parent / "scripts/installed"
_PATIENCE: Final = 120.0
_PAUSE: Final = 0.2


@dataclass(frozen=True)
class MlflowServer:
    """A running server, on loopback."""

    uri: str

    def runs(self, experiment: str, *, matching: str = "") -> list[dict[str, Any]]:
        """The runs of the experiment of this name, as the server's REST API shows them."""
        asked = f"experiments/get-by-name?experiment_name={experiment}"
        number = self._ask(asked)["experiment"]["experiment_id"]
        found = self._ask("runs/search", {"experiment_ids": [number], "filter": matching})
        return list(found.get("runs", []))

    @property
    def answers(self) -> bool:
        try:
            self._ask("experiments/search", {"max_results": 1})
        except (OSError, HTTPException):
            return False
        return True

    def _ask(self, what: str, body: object = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  # always http
            f"{self.uri}/api/2.0/mlflow/{what}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
            return answer


@contextmanager
def mlflow_server(database: str, folder: Path) -> Iterator[MlflowServer]:
    """A server that lasts as long as the context; its program is installed if it isn't there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = subprocess.run([_INSTALL, "mlflow"], stdout=subprocess.PIPE, text=True, check=True)
    program = Path(found.stdout.strip()) / "mlflow"
    words = (
        *("server", "--backend-store-uri", database, "--artifacts-destination", str(folder)),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
    )
    server = MlflowServer(f"http://127.0.0.1:{port}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, *words],
            cwd=folder,
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},  # processes of no use
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        with process:
            try:
                _await(server, process, folder / "log")
                yield server
            finally:
                process.terminate()


def _await(server: MlflowServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not server.answers:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(_PAUSE)
