"""Requests to Google with a person's credentials, over connections that are kept open.

Google's client library would send a request again by itself when its connection breaks, which is
not for a request that makes something: this sends each one once.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from warnings import catch_warnings

from caliban_adapters.gcp.endpoints import is_loopback
from caliban_adapters.gcp.failures import LOGIN_HINT, Refused, Unclear

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as Login

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_ANONYMOUS: Final = "CLOUDSDK_AUTH_DISABLE_CREDENTIALS"
_YES: Final = ("true", "1", "yes", "on")
_PATIENCE: Final = (10.0, 60.0)  # seconds to connect, and for an answer
_CONNECTIONS: Final = 32


def login(variables: Mapping[str, str], key: Path | None) -> "Login":
    """Who asks: the key's service account, else whoever gcloud knows. Raises Refused for nobody."""
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import GoogleAuthError

    if variables.get(_ANONYMOUS, "").lower() in _YES:
        return AnonymousCredentials()
    try:
        # It warns programmers: of keys that strangers bring, though this one is the person's own.
        with catch_warnings(action="ignore"):
            found, _ = (
                google.auth.load_credentials_from_file(str(key), scopes=[_SCOPE])
                if key
                else google.auth.default(scopes=[_SCOPE])
            )
    except (GoogleAuthError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        problem = (
            f"{key} can't be used as a key: {reason}"
            if key
            else "you aren't logged in to Google Cloud"
        )
        raise Refused(problem, hint=LOGIN_HINT) from error
    return found


class Answer(dict[str, str]):
    """The headers of an answer, in lower case, and how it begins: as Google's library reads it."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})
        self.status = status
        self.reason = reason


class Session:
    """What Google's client library takes for its ``http``."""

    def __init__(self, who: "Login", *, place: str) -> None:
        from google.auth.transport.requests import AuthorizedSession
        from requests.adapters import HTTPAdapter

        self._session = AuthorizedSession(who)
        host = urlsplit(place).hostname
        self._session.trust_env = not (host and is_loopback(host))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple["Answer", bytes]:
        """The answer, whatever it is. Raises Unclear where there is none, Refused for nobody."""
        from google.auth.exceptions import GoogleAuthError, TransportError
        from requests import RequestException

        try:
            answer = self._session.request(
                method, uri, data=body, headers=dict(headers or {}), timeout=_PATIENCE
            )
        except (RequestException, TransportError) as error:
            place = urlsplit(uri).netloc
            raise Unclear(f"{place} doesn't answer ({_plainly(error)})") from error
        except GoogleAuthError as error:
            if error.retryable:
                raise Unclear(f"Google can't check your login now ({_plainly(error)})") from error
            raise Refused("Google doesn't accept your login", hint=LOGIN_HINT) from error
        return Answer(answer.status_code, answer.reason, answer.headers), answer.content

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()


def _plainly(error: Exception) -> str:
    """The innermost words of an error that wraps others."""
    cause: BaseException = error
    while inner := cause.__cause__ or cause.__context__:
        cause = inner
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return " ".join(words.split()) or type(error).__name__
