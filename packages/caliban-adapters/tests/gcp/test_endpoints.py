"""Where Google's APIs are."""

import pytest

from caliban_adapters.gcp.endpoints import endpoint, is_loopback
from caliban_domain.errors import UsageError

VARIABLE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM"


def test_vertex_ai_has_an_address_in_each_region() -> None:
    assert (
        endpoint("aiplatform", {}, region="us-east1")
        == "https://us-east1-aiplatform.googleapis.com/"
    )


def test_other_apis_have_one_address() -> None:
    assert endpoint("logging", {}) == "https://logging.googleapis.com/"


@pytest.mark.parametrize(
    "address", ["https://private.example/", "http://127.0.0.1:8080/", "http://localhost:1/"]
)
def test_the_variable_of_gcloud_names_another(address: str) -> None:
    assert endpoint("aiplatform", {VARIABLE: address}, region="us-east1") == address
    assert endpoint("aiplatform", {VARIABLE: address.rstrip("/")}) == address


def test_plain_http_leads_nowhere_else() -> None:
    with pytest.raises(UsageError, match=f"{VARIABLE} is http://10.0.0.1/") as refused:
        endpoint("aiplatform", {VARIABLE: "http://10.0.0.1/"})
    assert refused.value.hint == "write https://10.0.0.1/"


@pytest.mark.parametrize("address", ["localhost", "ftp://x/", "https://"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        endpoint("aiplatform", {VARIABLE: address})


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.evil.example", False)],
)
def test_this_machine_is_known_by_its_address(host: str, is_here: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) is is_here
