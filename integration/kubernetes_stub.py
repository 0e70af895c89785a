"""Enough of a Kubernetes API server for unit tests: it keeps objects, and forgets nothing.

It plays no life of its own: tests say what becomes of pods and Jobs.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Thing = dict[str, Any]

_PATH = re.compile(
    r"/(?:api/v1|apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<kind>[a-z]+)(?:/(?P<name>[^/]+))?(?P<log>/log)?"
)
BUSY, BROKEN, DROPPED = "before", "after", "dropped"
"""What can become of a request: refused; or carried out, and nobody hears of it."""
ENDED = "2026-11-23T03:10:00Z"


class Stub:
    """Objects by kind and name, what was asked for, and what to answer instead."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Thing] = {}
        self.logs: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.answers: list[Callable[[str], tuple[int, Thing] | None]] = []
        self.faults: dict[int, str] = {}
        self.look: Callable[[Thing], object] = lambda _: None
        self.host = ""
        self.version = "v1.36.1"

    def job(self, name: str) -> Thing:
        return self.objects["jobs", name]

    def add_pod(
        self, job: str, phase: str, state: Thing, *, log: bytes = b"", index: int = -1
    ) -> None:
        """A pod of a Job, which has written something."""
        name = f"{job}-{len(self.objects)}"
        labels = dict(self.job(job)["spec"]["template"]["metadata"]["labels"])
        if index >= 0:
            labels["batch.kubernetes.io/job-completion-index"] = str(index)
        image = self.job(job)["spec"]["template"]["spec"]["containers"][0]["image"]
        statuses = [{"name": "caliban", "image": image, "state": state}]
        self.objects["pods", name] = {
            "metadata": {
                "name": name,
                "labels": labels,
                "creationTimestamp": f"{len(self.objects):09}",
            },
            "spec": {"containers": [{"name": "caliban"}]},
            "status": {"phase": phase, "containerStatuses": statuses},
        }
        self.logs[name] = log

    def run(self, job: str, log: bytes = b"") -> None:
        self.add_pod(job, "Running", {"running": {"startedAt": ENDED}}, log=log)

    def end(self, job: str, exit_code: int = 0, log: bytes = b"") -> None:
        """A Job that ran and ended."""
        state = {"terminated": {"exitCode": exit_code, "reason": "Error", "finishedAt": ENDED}}
        self.add_pod(job, "Failed" if exit_code else "Succeeded", state, log=log)
        kind = "Failed" if exit_code else "Complete"
        reason = "BackoffLimitExceeded" if exit_code else "CompletionsReached"
        condition = {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": ENDED}
        status = {"conditions": [condition], "startTime": ENDED}
        self.job(job)["status"] = status | ({} if exit_code else {"completionTime": ENDED})

    def answer(self, method: str, path: str, query: dict[str, str], body: Thing) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        for answer in self.answers:
            if told := answer(f"{method} {path}"):
                return told
        if path == "/version":
            return 200, {"gitVersion": self.version}
        found = _PATH.fullmatch(path)
        if not found or found["kind"] == "localqueues":
            return 404, {"message": "the server could not find the requested resource"}
        kind, name = found["kind"], found["name"]
        if found["log"]:
            return 200, self.logs[name]
        if name is None:
            return self._create(kind, query, body) if method == "POST" else self._list(kind, query)
        if (kind, name) not in self.objects:
            return 404, {"message": f'{kind} "{name}" not found'}
        thing = self.objects[kind, name]
        if method == "DELETE":
            del self.objects[kind, name]
        elif method == "PATCH":
            _merge(thing, body)
        return 200, thing

    def _create(self, kind: str, query: dict[str, str], body: Thing) -> tuple[int, Thing]:
        name = body["metadata"]["name"]
        if (kind, name) in self.objects:
            return 409, {"message": f'{kind} "{name}" already exists', "reason": "AlreadyExists"}
        body["metadata"] |= {"uid": f"uid-{len(self.objects)}", "creationTimestamp": ENDED}
        if kind == "jobs":
            body["status"] = {}
        if query.get("dryRun") != "All":
            self.objects[kind, name] = body
        return 201, body

    def _list(self, kind: str, query: dict[str, str]) -> tuple[int, Thing]:
        items = [
            thing
            for (of_kind, _), thing in sorted(self.objects.items())
            if of_kind == kind and _selected(thing, query)
        ]
        start, limit = int(query.get("continue", "0")), int(query.get("limit", "500"))
        more = str(start + limit) if start + limit < len(items) else ""
        return 200, {"items": items[start : start + limit], "metadata": {"continue": more}}


@contextmanager
def kubernetes_stub() -> Iterator[Stub]:
    """A server on loopback until the end of the block."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in two parts would wait for the client to hear the first

        def _serve(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(url.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.command == "POST":
                stub.look(body)
            fault = stub.faults.pop(len(stub.asked) + 1, "")
            answer: Any
            if fault == BUSY:
                stub.asked.append(f"{self.command} {url.path}")
                status, answer = 429, {"message": "too many requests"}
            else:
                status, answer = stub.answer(self.command, url.path, query, body)
            if fault == DROPPED:
                self.close_connection = True
                return
            if fault == BROKEN:
                status, answer = 500, {"message": "etcdserver: request timed out"}
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.host = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kubeconfig(host: str) -> str:
    """A kubeconfig with one context, called here."""
    return json.dumps(
        {
            "current-context": "here",
            "clusters": [{"name": "c", "cluster": {"server": host}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [
                {"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "research"}}
            ],
        }
    )


def _selected(thing: Thing, query: dict[str, str]) -> bool:
    labels = thing["metadata"].get("labels", {})
    for part in filter(None, query.get("labelSelector", "").split(",")):
        key, equals, value = part.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    fields = query.get("fieldSelector", "")
    return fields != "status.phase!=Succeeded" or thing["status"]["phase"] != "Succeeded"


def _merge(thing: Thing, patch: Thing) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(thing.get(key), dict):
            _merge(thing[key], value)
        else:
            thing[key] = value
