"""An image registry of our own: on loopback, in a temporary directory, gone after its use."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError

USER = "totoro"
PASSWORD = "acorn@forest"  # noqa: S105  of a server that lives for a test
_HASHED = "$2y$05$oAdLxwn4BgKGuTKsbxGRiuXxVslAXEALTUxkbRCxS7WgqGKIhIaza"
_PATIENCE = 30.0  # seconds
_TYPES = ("application/vnd.docker.distribution.manifest.v2+json",)


def is_installed() -> bool:
    return shutil.which("docker-registry") is not None


@dataclass(frozen=True, kw_only=True)
class RegistryServer:
    """A running registry, which knows one user or takes everybody."""

    port: int
    log: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def docker_config(self, password: str = PASSWORD) -> str:
        """What ``docker login`` would leave in config.json."""
        auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
        return json.dumps({"auths": {self.host: {"auth": auth}}})

    def config_digest(self, path: str, digest: str) -> str:
        """The id of the image that stands behind a manifest."""
        url = f"http://{self.host}/v2/{path}/manifests/{digest}"
        asked = urllib.request.Request(url, headers={"Accept": ", ".join(_TYPES)})
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            found: str = json.load(answer)["config"]["digest"]
        return found

    def writes(self) -> int:
        """How often it was sent a manifest or a piece of a layer."""
        return sum(
            '"PUT /v2' in line or '"PATCH /v2' in line for line in self.log.read_text().splitlines()
        )

    def await_answer(self) -> None:
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/").close()
            except HTTPError as wants_to_know_who_asks:
                wants_to_know_who_asks.close()
                return
            except URLError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(self.log.read_text())


@contextmanager
def registry_server(*, private: bool = False, port: int = 0) -> Iterator[RegistryServer]:
    """A registry that lasts as long as the context; a private one knows ``USER`` alone."""
    with tempfile.TemporaryDirectory(prefix="caliban-registry-") as name:
        folder = Path(name)
        port = port or free_port()
        log = folder / "log"
        config = folder / "config.yml"
        config.write_text(json.dumps(_config(folder, port, private=private)))
        (folder / "htpasswd").write_text(f"{USER}:{_HASHED}\n")
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["docker-registry", "serve", config], stdout=output, stderr=output
            )
        try:
            server = RegistryServer(port=port, log=log)
            server.await_answer()
            yield server
        finally:
            process.terminate()
            process.wait()


def _config(folder: Path, port: int, *, private: bool) -> dict[str, object]:
    """Its configuration, as JSON, which is YAML too."""
    known = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    return {
        "version": 0.1,
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        **({"auth": known} if private else {}),
    }


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
