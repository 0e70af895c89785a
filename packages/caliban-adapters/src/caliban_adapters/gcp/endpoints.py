"""Where Google's APIs are, unless somebody has a place of their own for them."""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from caliban_domain.errors import UsageError

_OVERRIDE: Final = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
_PATHS: Final = {"compute": "compute/v1/"}


def endpoint(api: str, variables: Mapping[str, str], *, region: str | None = None) -> str:
    """The address of an API: the one gcloud's own variable names, else Google's.

    ``region`` says where, for an API that each region has of its own. Raises UsageError for an
    address that would send what is secret in plain text.
    """
    variable = f"{_OVERRIDE}{api.upper()}"
    if not (chosen := variables.get(variable)):
        return f"https://{region}-{api}.googleapis.com/" if region else _usual(api)
    address = urlsplit(chosen)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UsageError(
            f"${variable} is {chosen!r}, which is no address",
            hint=f"write one such as {_usual(api)}",
        )
    if address.scheme == "http" and not is_loopback(address.hostname):
        raise UsageError(
            f"${variable} is {chosen}, and plain http is for this machine only",
            hint=f"write https://{address.netloc}/",
        )
    return f"{chosen.rstrip('/')}/"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, without asking anybody."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _usual(api: str) -> str:
    return f"https://{api}.googleapis.com/{_PATHS.get(api, '')}"
