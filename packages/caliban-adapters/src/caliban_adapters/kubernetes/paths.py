"""Where a namespace's objects are in the interface of a cluster."""

from typing import Final

from caliban_adapters.kubernetes.manifest import Destination

KUEUE: Final = "/apis/kueue.x-k8s.io"
"""What only a cluster with Kueue has."""


def jobs_path(destination: Destination) -> str:
    """Its Jobs."""
    return f"/apis/batch/v1/namespaces/{destination.namespace}/jobs"


def job_path(destination: Destination, name: str) -> str:
    """One of its Jobs."""
    return f"{jobs_path(destination)}/{name}"


def core_path(destination: Destination, kind: str) -> str:
    """Its ``pods``, ``events`` or ``configmaps``."""
    return f"/api/v1/namespaces/{destination.namespace}/{kind}"


def log_path(destination: Destination, pod: str) -> str:
    """What a pod writes."""
    return f"{core_path(destination, 'pods')}/{pod}/log"


def queue_path(destination: Destination, queue: str, version: str) -> str:
    """One of its queues, in a version of Kueue's interface."""
    return f"{KUEUE}/{version}/namespaces/{destination.namespace}/localqueues/{queue}"
