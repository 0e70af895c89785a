"""Google's own client library, for whoever knows which of its methods they want."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from caliban_adapters.gcp.endpoints import endpoint
from caliban_adapters.gcp.failures import failure_of
from caliban_adapters.gcp.session import Session, login

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as Login


class Apis:
    """The APIs as one person reaches them, until the block ends; threads may share them.

    ``key`` is the file of a service account's key, if one was named.
    """

    def __init__(self, variables: Mapping[str, str], key: Path | None) -> None:
        self._variables = variables
        self._key = key
        self._open = ExitStack()
        self._lock = Lock()
        self._who: Login | None = None
        self._built: dict[tuple[str, str | None], Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def build(self, api: str, version: str, *, region: str | None = None) -> Any:
        """The library's object for an API. Raises Refused where nobody is logged in."""
        with self._lock:
            if (api, region) not in self._built:
                self._built[api, region] = self._build(api, version, region)
            return self._built[api, region]

    def _build(self, api: str, version: str, region: str | None) -> Any:
        from googleapiclient.discovery import build

        place = endpoint(api, self._variables, region=region)
        self._who = self._who or login(self._variables, self._key)
        session = Session(self._who, place=place)
        self._open.callback(session.close)
        return build(
            api,
            version,
            http=session,
            static_discovery=True,
            client_options={"api_endpoint": place},
        )


def ask(request: Any, *, project: str) -> dict[str, Any]:
    """The answer to a request of the library, sent once. Raises a Failure."""
    from googleapiclient.errors import HttpError

    try:
        answer: dict[str, Any] = request.execute()
    except HttpError as error:
        raise failure_of(error, project) from error
    return answer
