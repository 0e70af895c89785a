"""A cluster for tests: the fake one, which executes what tests ask for, or a real one.

``CALIBAN_TEST_KUBECONFIG`` names the kubeconfig of a real one, whose current context leads to a
namespace where tests may make Jobs; ``CALIBAN_TEST_IMAGE`` an image there that has ``sh``.
"""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fakes.kubernetes.pods import INDEX
from fakes.kubernetes.resources import CONFIG_MAPS
from fakes.kubernetes.server import Cluster, serve

REAL: Final = os.environ.get("CALIBAN_TEST_KUBECONFIG")
IMAGE: Final = os.environ.get("CALIBAN_TEST_IMAGE", "python:3.12-slim")
RULES: Final = (
    {
        "apiGroups": ["batch"],
        "resources": ["jobs"],
        "verbs": ["create", "delete", "get", "list", "patch"],
    },
    {
        "apiGroups": [""],
        "resources": ["configmaps"],
        "verbs": ["create", "delete", "get", "list", "patch"],
    },
    {"apiGroups": [""], "resources": ["pods", "pods/log", "events"], "verbs": ["get", "list"]},
)
"""All that Caliban asks for, in the words of a Role."""

_WRITES: Final = re.compile(r"printf '%b' '(?P<octal>[^']*)'")
_EXITS: Final = re.compile(r"exit (?P<code>\d+)")
_LASTS: Final = "sleep"


@dataclass(frozen=True)
class Place:
    """How the cluster is reached, and the fake itself if it isn't a real one."""

    kubeconfig: Path
    fake: Cluster | None = None


def script(*, output: bytes, exit_code: int, lasts: bool) -> str:
    """What a container's shell is to do, in words that the fake understands too."""
    octal = "".join(f"\\0{byte:03o}" for byte in output)
    lasting = "sleep 1000; " if lasts else ""
    return f"printf '%b' '{octal}'; {lasting}exit {exit_code}"


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """A cluster until the end of the block. The fake lets in a service account with few rights."""
    if REAL:
        yield Place(Path(REAL))
        return
    with serve(folder) as fake:
        token = fake.add_account("research", "caliban", RULES)
        playing = threading.Event()
        player = threading.Thread(target=_play, args=(fake, playing))
        player.start()
        try:
            yield Place(fake.kubeconfig_for(token), fake)
        finally:
            playing.set()
            player.join()


def _play(fake: Cluster, over: threading.Event) -> None:
    done: set[str] = set()
    while not over.wait(0.01):
        fake.settle()
        for job in fake.jobs():
            for pod in fake.pods.of(job["metadata"]["name"]):
                if pod["metadata"]["uid"] not in done:
                    done.add(pod["metadata"]["uid"])
                    _execute(fake, pod)


def _execute(fake: Cluster, pod: dict[str, Any]) -> None:
    """What a shell would do with the container's last argument."""
    fake.pods.start(pod)
    if volumes := pod["spec"].get("volumes"):
        _execute_index(fake, pod, volumes[0]["configMap"]["name"])
        return
    container = pod["spec"]["containers"][0]
    words = [*container.get("command", ()), *container.get("args", ())][-1]
    if written := _WRITES.search(words):
        digits = re.findall(r"\\\\?0(\d{3})", written["octal"])
        if digits:
            fake.pods.write(pod, bytes(int(each, 8) for each in digits))
    if _LASTS not in words:
        code = _EXITS.search(words)
        fake.pods.end(pod, int(code["code"]) if code else 0)


def _execute_index(fake: Cluster, pod: dict[str, Any], config_map: str) -> None:
    """What the shell of an index of a sweep really does."""
    metadata, container = pod["metadata"], pod["spec"]["containers"][0]
    found = fake.store.find(CONFIG_MAPS, metadata["namespace"], config_map)
    assert found
    with TemporaryDirectory() as folder:
        (Path(folder) / "sweep").write_text(found["data"]["sweep"])
        words = [
            word.replace("$$", "$").replace("/etc/caliban", folder) for word in container["command"]
        ]
        variables = {**os.environ, "JOB_COMPLETION_INDEX": metadata["labels"][INDEX]}
        done = subprocess.run(words, env=variables, capture_output=True, check=False)
    fake.pods.write(pod, done.stdout)
    fake.pods.end(pod, done.returncode)
