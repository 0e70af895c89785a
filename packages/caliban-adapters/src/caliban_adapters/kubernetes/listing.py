"""What there is in a cluster, in rows for people to read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from caliban_adapters.kubernetes.cluster import Cluster
from caliban_adapters.kubernetes.failures import Failure
from caliban_adapters.kubernetes.manifest import Destination
from caliban_adapters.kubernetes.paths import core_path, jobs_path
from caliban_adapters.kubernetes.pods import end_of, waiting_reason
from caliban_adapters.kubernetes.states import outcome_of
from caliban_domain.errors import PlatformUnavailable

Row = Mapping[str, str]

_NODE_POOL: Final = "cloud.google.com/gke-nodepool"
_MACHINE: Final = "node.kubernetes.io/instance-type"
_ACCELERATORS: Final = ("nvidia.com/gpu", "google.com/tpu", "amd.com/gpu")
_KINDS: Final = (
    "cloud.google.com/gke-accelerator",
    "cloud.google.com/gke-tpu-accelerator",
    "nvidia.com/gpu.product",
)


class Listing:
    """Jobs and pods of a namespace, nodes of its cluster. Raises PlatformUnavailable."""

    def __init__(self, cluster: Cluster, destination: Destination) -> None:
        self._cluster = cluster
        self._destination = destination

    def jobs(self) -> Iterator[Row]:
        """Every Job of the namespace, Caliban's or not."""
        for job in self._all(jobs_path(self._destination), "list Jobs"):
            status = job.get("status", {})
            outcome = outcome_of(job, [], job["metadata"]["name"])
            state: str = outcome.status
            if outcome.status == "SUBMITTED" and status.get("ready"):
                state = "RUNNING"
            yield {
                "name": job["metadata"]["name"],
                "status": state,
                "active": str(status.get("active", 0)),
                "succeeded": str(status.get("succeeded", 0)),
                "failed": str(status.get("failed", 0)),
                "created": job["metadata"].get("creationTimestamp", ""),
                "reason": outcome.reason or "",
            }

    def pods(self) -> Iterator[Row]:
        """Every pod of the namespace."""
        for pod in self._all(core_path(self._destination, "pods"), "list pods"):
            labels = pod["metadata"].get("labels", {})
            yield {
                "name": pod["metadata"]["name"],
                "phase": pod["status"].get("phase", ""),
                "job": labels.get("batch.kubernetes.io/job-name", ""),
                "node": pod["spec"].get("nodeName", ""),
                "created": pod["metadata"].get("creationTimestamp", ""),
                "reason": end_of([pod])[1] or waiting_reason(pod) or "",
            }

    def node_pools(self) -> Iterator[Row]:
        """The nodes, by their pool, their machines and what these have besides."""
        pools: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for node in self._all("/api/v1/nodes", "list nodes"):
            labels = node["metadata"].get("labels", {})
            machine = labels.get(_MACHINE, "")
            pools[labels.get(_NODE_POOL, ""), machine, _accelerators(node)] += 1
        for (name, machine, accelerators), count in sorted(pools.items()):
            yield {
                "name": name,
                "machine_type": machine,
                "accelerators": accelerators,
                "nodes": str(count),
            }

    def _all(self, path: str, wish: str) -> Iterator[dict[str, Any]]:
        with _told():
            for page in self._cluster.pages(path, wish, {}):
                yield from page


def _accelerators(node: Mapping[str, Any]) -> str:
    labels = node["metadata"].get("labels", {})
    capacity = node.get("status", {}).get("capacity", {})
    kind = next((labels[name] for name in _KINDS if name in labels), "")
    counts = (capacity[name] for name in _ACCELERATORS if capacity.get(name, "0") != "0")
    return ", ".join(f"{count}x{kind or 'unknown'}" for count in counts)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Failure as failure:
        raise PlatformUnavailable(failure.message, hint=failure.hint) from failure
