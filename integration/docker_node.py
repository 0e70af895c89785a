"""A node for the fake cluster: it pulls the images of pods by digest, and runs them with Docker."""

import os
import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import IO, Any, Final

from fakes.kubernetes.pods import INDEX
from fakes.kubernetes.resources import CONFIG_MAPS, PODS, SECRETS, Thing
from fakes.kubernetes.server import Cluster
from fakes.kubernetes.store import key_of

_LOOKS_EVERY: Final = 0.02  # seconds
_REFERENCE: Final = re.compile(r"\$\$|\$\((\w+)\)")


@contextmanager
def docker_node(cluster: Cluster) -> Iterator[None]:
    """The cluster's pods run, until the block ends; what still runs then is killed."""
    with TemporaryDirectory() as folder:
        node = _Node(cluster, Path(folder))
        watching = Thread(target=node.watch)
        watching.start()
        try:
            yield
        finally:
            node.leave()
            watching.join()


class _Node:
    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self._over = Event()
        self._pods: dict[str, tuple[Thing, Thread]] = {}

    def leave(self) -> None:
        self._over.set()

    def watch(self) -> None:
        while not self._over.wait(_LOOKS_EVERY):
            self._cluster.settle()
            for job in self._cluster.jobs():
                for pod in self._cluster.pods.of(job["metadata"]["name"]):
                    self._take(pod)
            self._kill(deleted_only=True)
        self._kill(deleted_only=False)

    def _take(self, pod: Thing) -> None:
        uid = pod["metadata"]["uid"]
        if uid not in self._pods:
            thread = Thread(target=self._run, args=(pod,))
            self._pods[uid] = (pod, thread)
            thread.start()

    def _kill(self, *, deleted_only: bool) -> None:
        for pod, thread in self._pods.values():
            is_there = self._cluster.store.find(PODS, *key_of(pod))
            if thread.is_alive() and not (deleted_only and is_there):
                _docker("rm", "--force", _name(pod))
                thread.join()

    def _run(self, pod: Thing) -> None:
        pods, container = self._cluster.pods, pod["spec"]["containers"][0]
        pulled = _docker("pull", "--quiet", container["image"])
        if pulled.returncode:
            pods.pull_fails(pod, backs_off=True)
            return
        pods.start(pod)
        there = self._cluster.store.find(PODS, *key_of(pod))
        if not there or there["status"]["phase"] != "Running":
            return
        # Attached from the start: a log of the engine's may lack the last words for a while.
        process = subprocess.Popen(
            ["docker", "run", "--name", _name(pod), *self._words(pod, container)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            errors = Thread(target=self._keep, args=(pod, process.stderr))
            errors.start()
            self._keep(pod, process.stdout)
            errors.join()
        _docker("rm", "--force", _name(pod))
        if self._cluster.store.find(PODS, *key_of(pod)):
            pods.end(pod, process.returncode)

    def _keep(self, pod: Thing, stream: IO[bytes] | None) -> None:
        """Log what a container writes to a stream, in whole lines as nodes do."""
        for line in stream or ():
            self._cluster.pods.write(pod, line)

    def _words(self, pod: Thing, container: Mapping[str, Any]) -> list[str]:
        """What ``docker run`` is to be told after its own flags."""
        variables = {one["name"]: self._value(pod, one) for one in container["env"]}
        if index := pod["metadata"]["labels"].get(INDEX):
            variables["JOB_COMPLETION_INDEX"] = index
        command = [_expanded(word, variables) for word in container.get("command", ())]
        args = [_expanded(word, variables) for word in container.get("args", ())]
        given = {name: _expanded(value, variables) for name, value in variables.items()}
        return [
            *(f"--env={name}={value}" for name, value in given.items()),
            *self._mounts(pod, container),
            *(["--entrypoint", command[0]] if command else []),
            container["image"],
            *command[1:],
            *args,
        ]

    def _value(self, pod: Thing, variable: Mapping[str, Any]) -> str:
        kept = variable.get("valueFrom", {}).get("secretKeyRef")
        if not kept:
            return str(variable.get("value", ""))
        secret = self._cluster.store.find(SECRETS, pod["metadata"]["namespace"], kept["name"])
        assert secret
        return b64decode(secret["data"][kept["key"]]).decode()

    def _mounts(self, pod: Thing, container: Mapping[str, Any]) -> Iterator[str]:
        """The ConfigMaps, as folders with a file for each key."""
        paths = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts", ())}
        for volume in pod["spec"].get("volumes", ()):
            name = volume["configMap"]["name"]
            found = self._cluster.store.find(CONFIG_MAPS, pod["metadata"]["namespace"], name)
            assert found
            folder = self._folder / pod["metadata"]["uid"]
            folder.mkdir()
            for key, text in found["data"].items():
                (folder / key).write_text(text)
            yield f"--volume={folder}:{paths[volume['name']]}:ro"


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """A word as containers get it: references to variables that exist give way to their values."""

    def put(found: re.Match[str]) -> str:
        return "$" if found[1] is None else variables.get(found[1], found[0])

    return _REFERENCE.sub(put, text)


def _name(pod: Thing) -> str:
    return f"{pod['metadata']['name']}-{os.getpid()}"


def _docker(*words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["docker", *words], capture_output=True, check=False)
