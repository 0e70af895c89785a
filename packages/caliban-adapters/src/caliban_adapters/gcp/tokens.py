"""Access tokens, for what asks for a password where Google's own clients would log in."""

from collections.abc import Mapping
from pathlib import Path

from caliban_adapters.gcp.failures import Refused
from caliban_adapters.gcp.session import login
from caliban_domain.errors import PlatformUnavailable


def access_token(variables: Mapping[str, str], key: Path | None) -> str | None:
    """A token of the key's service account, else of whoever gcloud knows; None for nobody.

    Raises PlatformUnavailable where Google doesn't answer.
    """
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.auth.transport.requests import Request
    from requests import Session

    try:
        who = login(variables, key)
        if isinstance(who, AnonymousCredentials):
            return None
        with Session() as session:
            who.refresh(Request(session))
    except TransportError as error:
        raise PlatformUnavailable("Google can't be reached for an access token") from error
    except (Refused, GoogleAuthError):
        return None
    token: str | None = who.token
    return token
