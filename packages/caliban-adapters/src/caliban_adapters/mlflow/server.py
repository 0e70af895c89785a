"""A tracking server from outside: is the experiment of a group there?"""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError

from caliban_domain.mlflow import SECRET_VARIABLES, Tracking

_SILENCE: Final = 5.0  # seconds
_USER, _PASSWORD, _TOKEN = SECRET_VARIABLES


def make_experiment(
    tracking: Tracking, secrets: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Make the experiment of the group, if there is none of that name.

    MLflow's client would do so too, but fails where jobs that begin at the same time all try to.
    What the server answers otherwise is said, and no error: it may be one that only jobs reach.
    """
    if problem := _problem(tracking, secrets):
        say(f"MLflow at {tracking.config.tracking_uri} {problem}; jobs will try to log there")


def _problem(tracking: Tracking, secrets: Mapping[str, str]) -> str | None:
    """Why the experiment isn't there; None if it is, or was."""
    address = f"{tracking.config.tracking_uri.rstrip('/')}/api/2.0/mlflow/experiments/create"
    request = urllib.request.Request(  # noqa: S310  # http or https, as the settings were checked
        address,
        data=json.dumps({"name": tracking.group}).encode(),
        headers={"Content-Type": "application/json"},
    )
    if authorization := _authorization(secrets):
        # Another server, to which this one may send us, has no right to it.
        request.add_unredirected_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=_SILENCE) as response:  # noqa: S310
            response.read()
    except HTTPError as error:
        with error:
            return _refusal(error)
    except (OSError, HTTPException) as error:
        return f"can't be reached from here ({getattr(error, 'reason', error)})"
    return None


def _authorization(secrets: Mapping[str, str]) -> str | None:
    """As MLflow's client chooses: user and password, else the token."""
    if _USER in secrets and _PASSWORD in secrets:
        pair = f"{secrets[_USER]}:{secrets[_PASSWORD]}".encode(errors="surrogateescape")
        return f"Basic {b64encode(pair).decode()}"
    return f"Bearer {secrets[_TOKEN]}" if _TOKEN in secrets else None


def _refusal(error: HTTPError) -> str | None:
    if error.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"wants a user and a password: set ${_USER} and ${_PASSWORD}, or ${_TOKEN}"
    if b"RESOURCE_ALREADY_EXISTS" in error.read():
        return None
    return f"answers {error.code} {error.reason}"
