"""How a cluster of Google Kubernetes Engine is reached, without gcloud and its plug-ins."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.gcp.endpoints import is_loopback
from caliban_adapters.gcp.tokens import token_source
from caliban_adapters.gke.clusters import Clusters, told
from caliban_domain.clusters import Access, ClusterId
from caliban_domain.errors import PlatformError


def access(
    cluster: ClusterId, variables: Mapping[str, str], key: Path | None, say: Callable[[str], None]
) -> Access:
    """How the cluster is reached by the key's service account, else by whoever gcloud knows.

    Raises PlatformError. What it returns gives tokens for as long as it is asked.
    """
    with Apis(variables, key) as apis:
        shown = Clusters(apis, cluster.project).shown(cluster.name, cluster.location, say)
    with told():
        source = token_source(variables, key)

    def token() -> str | None:
        with told():
            return source()

    address, authority = _address(cluster, shown)
    return Access(address=address, authority=authority, token=token)


def _address(cluster: ClusterId, shown: Mapping[str, Any]) -> tuple[str, str | None]:
    """Where it is, and who signed its certificate."""
    named = shown.get("controlPlaneEndpointsConfig", {}).get("dnsEndpointConfig", {})
    if named.get("allowExternalTraffic") and (host := named.get("endpoint")):
        return f"https://{host}", None
    if not (host := shown.get("endpoint")):
        raise PlatformError(
            f"cluster {cluster.name} in {cluster.location} has no address: it is "
            f"{shown.get('status', 'in no known state')}",
            hint="caliban cluster ls shows when it is RUNNING",
        )
    written = shown.get("masterAuth", {}).get("clusterCaCertificate")
    authority = base64.b64decode(written).decode() if written else None
    return _url(host), authority


def _url(host: str) -> str:
    address = urlsplit(host)
    if address.scheme == "http" and is_loopback(address.hostname or ""):
        return host
    return f"https://{host}"
