"""Kubernetes' own client library, led to the fake; and Jobs to ask it for."""

import json
from pathlib import Path
from typing import Any, Self

from kubernetes import client, config
from kubernetes.client import ApiException

NAMESPACE = "research"


class Client:
    """The library, configured by a kubeconfig, until the block ends."""

    def __init__(self, kubeconfig: Path) -> None:
        configuration = client.Configuration()
        load: Any = (
            config.load_kube_config
        )  # Has no types, as the methods below have too narrow ones.
        load(str(kubeconfig), client_configuration=configuration)
        configuration.retries = False
        self._api: Any = client.ApiClient(configuration)
        self.core: Any = client.CoreV1Api(self._api)
        self.batch: Any = client.BatchV1Api(self._api)
        self.custom: Any = client.CustomObjectsApi(self._api)
        self.access: Any = client.AuthorizationV1Api(self._api)
        self.version: Any = client.VersionApi(self._api)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.close()

    def create(self, body: dict[str, Any], namespace: str = NAMESPACE) -> Any:
        """The Job that is made of it."""
        return self.batch.create_namespaced_job(namespace, body)

    def job(self, name: str) -> Any:
        return self.batch.read_namespaced_job(name, NAMESPACE)


def job(name: str = "train", **spec: Any) -> dict[str, Any]:
    """A Job that is accepted; what is given of its spec is added."""
    container = {"name": "main", "image": "registry.local/app@sha256:0", "args": ["--rate", "1"]}
    template = {
        "metadata": {"labels": {"caliban_job": name}},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"caliban_job": name}},
        "spec": {"template": template, "backoffLimit": 0, **spec},
    }


def indexed(name: str = "sweep", completions: int = 3, **spec: Any) -> dict[str, Any]:
    """An Indexed Job that goes on when an index fails."""
    many = {"completionMode": "Indexed", "completions": completions, "parallelism": completions}
    made = job(name, **{**many, "backoffLimitPerIndex": 0, **spec})
    del made["spec"]["backoffLimit"]
    return made


def told(error: ApiException) -> dict[str, Any]:
    """The Status that the server answered."""
    status: dict[str, Any] = json.loads(error.body or "null")
    return status
