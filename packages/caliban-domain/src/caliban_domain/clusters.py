"""Kubernetes clusters that Google runs: what they are called, and which one a person means."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from caliban_domain.errors import UsageError

_NAME: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_LONGEST_NAME: Final = 40
_REGION: Final = re.compile(r"[a-z]+-[a-z]+\d+", re.ASCII)
_CONTEXT: Final = re.compile(r"gke_(?P<project>[^_]+)_(?P<location>[^_]+)_(?P<name>[^_]+)")
_ZONE: Final = re.compile(r"(?P<region>[a-z]+-[a-z]+\d+)-[a-z]", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A cluster as Google Kubernetes Engine shows it.

    ``location`` is the zone or region of its control plane, ``status`` one of GKE's words, such
    as PROVISIONING or RUNNING; ``version`` is that of Kubernetes.
    """

    name: str
    location: str
    status: str
    version: str
    nodes: int
    autopilot: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterId:
    """Which of all clusters that Google runs."""

    project: str
    location: str
    name: str

    @property
    def context(self) -> str:
        """What gcloud calls the cluster in a kubeconfig."""
        return f"gke_{self.project}_{self.location}_{self.name}"

    @classmethod
    def of_context(cls, context: str) -> Self | None:
        """The cluster that gcloud calls so, if it would call one so."""
        found = _CONTEXT.fullmatch(context)
        return cls(**found.groupdict()) if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """How a cluster is reached: ``address`` is a URL.

    ``authority`` is the certificate, as PEM, of who signed the cluster's; without it, that is
    somebody whom everyone trusts. ``token`` gives one for the next request, or None for nobody.
    Raises PlatformError.
    """

    address: str
    authority: str | None
    token: Callable[[], str | None]


def cluster_name(text: str) -> str:
    """The text, if a cluster can be called that. Raises UsageError."""
    if not _NAME.fullmatch(text) or len(text) > _LONGEST_NAME:
        raise UsageError(
            f"a cluster can't be called {text!r}",
            hint=f"use lower-case letters, digits and -, from a letter to a letter or digit, at "
            f"most {_LONGEST_NAME} of them",
        )
    return text


def region_of(location: str) -> str:
    """The region that a zone such as ``us-central1-a`` is in, or that a region is."""
    if zone := _ZONE.fullmatch(location):
        return zone["region"]
    if _REGION.fullmatch(location):
        return location
    raise UsageError(
        f"{location!r} is neither a zone nor a region of Google Cloud",
        hint="write one such as us-central1-a or us-central1",
    )


def is_zone(location: str) -> bool:
    """Whether a location is one zone rather than a region of several."""
    return bool(_ZONE.fullmatch(location))


def choose(
    clusters: Sequence[Cluster], *, project: str, name: str | None, location: str | None
) -> Cluster:
    """The cluster that is meant: the one of that name, or else the only one there is.

    Raises UsageError with the clusters that there are where that is none or several.
    """
    here = [each for each in clusters if location in (None, each.location)]
    found = [each for each in here if name in (None, each.name)]
    if len(found) == 1:
        return found[0]
    place = f" in {location}" if location else ""
    called = f" called {name}" if name else ""
    if not found:
        raise UsageError(
            f"project {project} has no cluster{called}{place}",
            hint=f"there are {_listing(clusters)}"
            if clusters
            else "caliban cluster create makes one",
        )
    flag = "--zone" if name else "--cluster_name"
    raise UsageError(
        f"project {project} has {len(found)} clusters{called}{place}",
        hint=f"{flag} says which of them: {_listing(found)}",
    )


def _listing(clusters: Sequence[Cluster]) -> str:
    return ", ".join(f"{each.name} in {each.location}" for each in clusters)
