"""The cluster on loopback, where any program reaches it by a kubeconfig."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from fakes.kubernetes.access import ADMINISTRATOR
from fakes.kubernetes.api import Answer, Request
from fakes.kubernetes.cluster import FakeCluster
from fakes.loopback import Conversation, Server, serving

CONTEXT: Final = "fake"
NAMESPACE: Final = "research"


class Cluster(FakeCluster):
    """The fake, and where it listens."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__()
        self.url = url
        self._folder = folder
        self.add_namespace("default")
        self.add_namespace(NAMESPACE)

    @property
    def kubeconfig(self) -> Path:
        """The file of somebody who may do everything, in the namespace ``research``."""
        return self.kubeconfig_for(ADMINISTRATOR)

    def kubeconfig_for(self, token: str, namespace: str | None = NAMESPACE) -> Path:
        """The file of somebody with a token."""
        place = {"cluster": CONTEXT, "user": CONTEXT}
        config: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": {"server": self.url}}],
            "users": [{"name": CONTEXT, "user": {"token": token}}],
            "contexts": [
                {
                    "name": CONTEXT,
                    "context": place | ({"namespace": namespace} if namespace else {}),
                }
            ],
            "current-context": CONTEXT,
        }
        path = self._folder / f"kubeconfig-{token}-{namespace}"
        path.write_text(json.dumps(config))
        return path


@contextmanager
def serve(folder: Path) -> Iterator[Cluster]:
    """A cluster on a free port, until the block ends; its kubeconfigs are in a folder."""
    server = _ClusterServer(_Conversation)
    server.cluster = Cluster(server.url, folder)
    with serving(server, server.cluster.ended):
        yield server.cluster


class _ClusterServer(Server):
    cluster: Cluster


class _Conversation(Conversation):
    def respond(self, body: bytes) -> None:
        cluster = cast("_ClusterServer", self.server).cluster
        answer = cluster.answer(
            Request(
                verb=self.command,
                target=self.path,
                body=body,
                content_type=self.headers.get("Content-Type") or "application/json",
                authorization=self.headers.get("Authorization"),
            )
        )
        fault = answer.fault
        if fault.meanwhile:
            fault.meanwhile()
        if fault.delay:
            cluster.ended.wait(fault.delay)
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.pieces is None or not fault.heard:
            content = json.dumps(answer.body).encode()
            self.write(answer.code, content, headers, heard=fault.heard)
        else:
            self._stream(answer, headers)

    def _stream(self, answer: Answer, headers: dict[str, str]) -> None:
        self.send_head(answer.code, {**headers, "Transfer-Encoding": "chunked"})
        self.wfile.flush()
        for number, piece in enumerate(answer.pieces or ()):
            if number and answer.fault.heard < 1:
                self.hang_up()
                return
            self._chunk(piece)
        self._chunk(b"")

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.flush()
