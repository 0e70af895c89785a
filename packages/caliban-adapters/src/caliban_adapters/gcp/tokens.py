"""Access tokens, for what asks for a password where Google's own clients would log in."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from caliban_adapters.gcp.failures import LOGIN_HINT, Refused, Unclear
from caliban_adapters.gcp.session import login
from caliban_domain.errors import PlatformUnavailable

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as Login


def access_token(variables: Mapping[str, str], key: Path | None) -> str | None:
    """A token of the key's service account, else of whoever gcloud knows; None for nobody.

    Raises PlatformUnavailable where Google doesn't answer.
    """
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import GoogleAuthError, TransportError

    try:
        who = login(variables, key)
        if isinstance(who, AnonymousCredentials):
            return None
        _renew(who)
    except TransportError as error:
        raise PlatformUnavailable("Google can't be reached for an access token") from error
    except (Refused, GoogleAuthError):
        return None
    token: str | None = who.token
    return token


def token_source(variables: Mapping[str, str], key: Path | None) -> Callable[[], str | None]:
    """Gives a token that is valid now, as often as it is called, or None for nobody.

    Raises Refused where nobody is logged in; so does what it returns, or Unclear, where a new
    token can't be had. Threads may share it.
    """
    from google.auth.exceptions import GoogleAuthError, TransportError

    who, lock = login(variables, key), Lock()

    def token() -> str | None:
        try:
            with lock:
                if not who.valid:
                    _renew(who)
                found: str | None = who.token
        except TransportError as error:
            raise Unclear("Google can't be reached for an access token") from error
        except GoogleAuthError as error:
            raise Refused("Google doesn't accept your login", hint=LOGIN_HINT) from error
        return found

    return token


def _renew(who: "Login") -> None:
    from google.auth.transport.requests import Request
    from requests import Session

    with Session() as session:
        who.refresh(Request(session))
