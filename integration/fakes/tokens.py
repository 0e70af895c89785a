"""Service accounts of the fake: their keys, and the tokens that they get for them."""

import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions, jwt

from fakes.clock import Clock
from fakes.refusals import Refused, token_expired

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ACCOUNT = "tester@p.iam.gserviceaccount.com"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# google-auth writes this one into its assertions, whatever the key file names.
_ALWAYS_AUDIENCE = "https://oauth2.googleapis.com/token"
_LIFE = timedelta(hours=1)


class BadGrant(Exception):
    """An assertion that buys no token."""


class Tokens:
    """Hands out bearer tokens, and knows which of them are still good.

    Attributes:
        required: whether a request without a good token is refused; else nobody is asked for one.
    """

    def __init__(self, clock: Clock) -> None:
        self.required = False
        self._clock = clock
        self._ends: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def expire_all(self) -> None:
        """Every token that was handed out is good no more."""
        with self._lock:
            self._ends.clear()

    def grant(self, form: Mapping[str, str], address: str) -> dict[str, Any]:
        """A token for a signed assertion that is meant for this address, or BadGrant."""
        if form.get("grant_type") != _GRANT:
            raise BadGrant("unsupported_grant_type")
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                certs=_key_pair()[1],
                audience=[address, _ALWAYS_AUDIENCE],
            )
        except (ValueError, exceptions.GoogleAuthError) as error:
            raise BadGrant(str(error)) from error
        if claims["iss"] != _ACCOUNT or _SCOPE not in claims.get("scope", "").split():
            raise BadGrant("the account is unknown or the scope isn't cloud-platform")
        token = secrets.token_urlsafe()
        with self._lock:
            self._ends[token] = self._clock.now() + _LIFE
        seconds = int(_LIFE.total_seconds())
        return {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}

    def check(self, authorization: str | None) -> None:
        """Refuses a request whose token isn't good, if one is required."""
        token = (authorization or "").removeprefix("Bearer ")
        with self._lock:
            end = self._ends.get(token)
        if self.required and (end is None or end <= self._clock.now()):
            raise Refused(token_expired())


def service_account_key(address: str) -> dict[str, str]:
    """What stands in a key file that Google's libraries read, with the address of the tokens."""
    return {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": _key_pair()[0],
        "client_email": _ACCOUNT,
        "client_id": "1",
        "token_uri": address,
    }


@cache
def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
