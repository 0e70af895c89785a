"""The namespace of a cluster that a person means, and the connection to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from caliban_adapters.kubernetes.cluster import Cluster
from caliban_adapters.kubernetes.kubeconfig import Places, configuration, destination
from caliban_adapters.kubernetes.manifest import Destination
from caliban_domain.errors import UsageError

_GKE: Final = "gke_"


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs are to go, and whether its nodes have the labels of GKE."""

    destination: Destination
    on_gke: bool

    @property
    def title(self) -> str:
        """The place in words."""
        return title_of_namespace(self.destination)


def find_place(
    places: Places, context: str | None, namespace: str | None, *, needed: bool
) -> Place:
    """The place that a person names. Raises UsageError.

    Where it isn't ``needed``, because nothing is sent there, nowhere in particular will do: then
    it is taken for a cluster of GKE.
    """
    try:
        there = destination(context, namespace, places)
    except UsageError:
        if needed or context:
            raise
        return Place(Destination(None, namespace or "default"), on_gke=True)
    if (there.context or "").startswith(_GKE):
        return Place(there, on_gke=True)
    cluster = connect(places, there, sleep=lambda _: None)
    try:
        return Place(there, on_gke=cluster.is_gke)
    finally:
        cluster.close()


def connect(places: Places, there: Destination, *, sleep: Callable[[float], None]) -> Cluster:
    """The cluster; nothing is sent yet."""
    # Its modules import one another in a circle, which threads must not enter together.
    import kubernetes.config  # noqa: F401

    return Cluster(title_of(there), lambda: configuration(there.context, places), sleep)


def title_of_namespace(there: Destination) -> str:
    """A namespace of a cluster in words."""
    return f"namespace {there.namespace} of {title_of(there)}"


def title_of(there: Destination) -> str:
    """A cluster in words."""
    return f"cluster {there.context}" if there.context else "this cluster"
