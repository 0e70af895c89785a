"""A cluster's address, authority and tokens, as Google gives them."""

import base64
from pathlib import Path
from typing import Any

import pytest

from caliban_adapters.gke.access import access
from caliban_domain.clusters import Access, ClusterId
from caliban_domain.errors import PlatformError
from fakes.server import Google, serve

ACORN = ClusterId(project="p", location="us-central1", name="acorn")
SIGNED = {"clusterCaCertificate": base64.b64encode(b"PEM").decode()}


def reach(google: Google) -> Access:
    return access(ACORN, google.environment, None, lambda _: None)


def named(*, open_: bool) -> dict[str, Any]:
    dns = {"endpoint": "gke-1.us-central1.gke.goog", "allowExternalTraffic": open_}
    return {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": dns}}


@pytest.mark.parametrize(
    ("details", "address", "authority"),
    [
        ({}, "https://10.0.0.1", "PEM"),
        (named(open_=False), "https://10.0.0.1", "PEM"),
        (named(open_=True), "https://gke-1.us-central1.gke.goog", None),
    ],
)
def test_a_cluster_is_reached_by_name_if_that_is_open_to_all(
    details: dict[str, Any], address: str, authority: str | None
) -> None:
    with serve() as google:
        google.clusters.add("acorn", endpoint="10.0.0.1", masterAuth=SIGNED, **details)
        found = reach(google)
    assert (found.address, found.authority) == (address, authority)


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://10.0.0.1", "https://http://10.0.0.1"),
    ],
)
def test_plain_http_is_for_this_machine_only(endpoint: str, address: str) -> None:
    with serve() as google:
        google.clusters.add("acorn", endpoint=endpoint)
        assert reach(google).address == address


def test_a_cluster_that_is_gone_is_named_with_those_there_are() -> None:
    with serve() as google:
        google.clusters.add("oak")
        with pytest.raises(PlatformError, match="no cluster called acorn in us-central1") as told:
            reach(google)
    assert told.value.hint == "there are oak in us-central1"


def test_a_cluster_that_is_being_made_has_no_address_yet() -> None:
    with serve() as google:
        google.clusters.add("acorn")
        with pytest.raises(PlatformError, match="acorn in us-central1 has no address"):
            reach(google)


def test_tokens_are_those_of_the_key(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    with serve() as google:
        key.write_text(google.service_account_key())
        google.clusters.add("acorn", endpoint="10.0.0.1")
        variables = dict(google.environment)
        del variables["CLOUDSDK_AUTH_DISABLE_CREDENTIALS"]
        found = access(ACORN, variables, key, lambda _: None)
        first = found.token()
        assert first
        assert found.token() == first


def test_nobody_has_no_token() -> None:
    with serve() as google:
        google.clusters.add("acorn", endpoint="10.0.0.1")
        assert reach(google).token() is None


def test_nobody_is_logged_in_is_told(tmp_path: Path) -> None:
    with serve() as google:
        google.clusters.add("acorn", endpoint="10.0.0.1")
        variables = {**google.environment, "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": ""}
        with pytest.raises(PlatformError, match="can't be used as a key"):
            access(ACORN, variables, tmp_path / "none.json", lambda _: None)
