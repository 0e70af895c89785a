"""Requests to a cluster: sent again where that is safe, told in one line where they fail."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from caliban_adapters.kubernetes.failures import Expired, Failure, Shut, Unclear, failure_of

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, Configuration
    from urllib3 import BaseHTTPResponse

Answer = TypeVar("Answer")
Query = Mapping[str, str]

PAGE: Final = 500

_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between attempts
_LONGEST_PAUSE: Final = 30.0
_CONNECTING: Final = 10.0  # seconds
_ANSWERING: Final = 60.0
_WRITING: Final = 3600.0
_CONNECTIONS: Final = 32
_SUCCESS: Final = range(200, 300)
_BROKEN_OFF: Final = "EOF occurred"
_MERGE: Final = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``wish`` says for messages what it is to do."""

    method: str
    path: str
    wish: str
    query: Query | None = None
    body: Mapping[str, Any] | None = None


class Cluster:
    """A connection to a cluster that people call ``title``; ``settings`` is asked for once.

    Its methods raise Failure. Creating, patching and deleting by name can be sent twice, so
    everything is tried again while nobody knows whether it worked.
    """

    def __init__(
        self, title: str, settings: "Callable[[], Configuration]", sleep: Callable[[float], None]
    ) -> None:
        self.title = title
        self._settings = settings
        self._sleep = sleep

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    def call(self, request: Request) -> Any:
        """What the cluster answers, as JSON values."""
        return self._patiently(lambda: self._once(request))

    @property
    def is_gke(self) -> bool:
        """Whether Google runs the cluster. Asked once, and not waited for."""
        try:
            version = self._once(Request("GET", "/version", "tell its version"))
        except Failure:
            return False
        return "-gke." in str(version.get("gitVersion", ""))

    def pages(self, path: str, wish: str, query: Query) -> Iterator[list[dict[str, Any]]]:
        """The objects of a list, some hundred at a time.

        A list that changes for longer than the cluster remembers is begun anew; what was read of
        it before stays as it was then.
        """
        going_on: dict[str, str] = {}
        read: set[str] = set()
        while True:
            asked = {**query, "limit": str(PAGE), **going_on}
            try:
                page = self.call(Request("GET", path, wish, asked))
            except Expired:
                if not going_on:
                    raise
                going_on = {}
                continue
            named = {thing["metadata"]["name"]: thing for thing in page.get("items") or ()}
            yield [thing for name, thing in named.items() if name not in read]
            read |= named.keys()
            token = page.get("metadata", {}).get("continue")
            if not token:
                return
            going_on = {"continue": token}

    def stream(self, request: Request) -> Iterator[bytes]:
        """What the cluster writes until it ends; a connection that breaks ends it too."""
        from urllib3.exceptions import HTTPError

        answer = self._patiently(lambda: self._opened(request))
        try:
            yield from answer.stream(amt=2**16, decode_content=True)
        except HTTPError:
            return
        finally:
            answer.close()

    @cached_property
    def _client(self) -> "ApiClient":
        from kubernetes.client import ApiClient

        settings = self._settings()
        settings.retries = False
        # A job may write nothing for hours, and what is on the way forgets silent connections.
        settings.keep_alive = True
        settings.connection_pool_maxsize = _CONNECTIONS
        return ApiClient(settings)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        for pause in _PAUSES:
            try:
                return ask()
            except Unclear as failure:
                self._sleep(min(failure.retry_after or pause, _LONGEST_PAUSE))
        return ask()

    def _opened(self, request: Request) -> "BaseHTTPResponse":
        with self._explained():
            answer: BaseHTTPResponse
            answer = self._send(request, (_CONNECTING, _WRITING), accept="*/*").response
            body = b"" if answer.status in _SUCCESS else answer.data
        if answer.status not in _SUCCESS:
            raise self._failure(answer, body, request)
        return answer

    def _once(self, request: Request) -> Any:
        with self._explained():
            answer = self._send(request, (_CONNECTING, _ANSWERING)).response
            body = answer.data
            if answer.status in _SUCCESS:
                return json.loads(body)
        raise self._failure(answer, body, request)

    def _send(
        self, request: Request, timeout: tuple[float, float], *, accept: str = "application/json"
    ) -> Any:
        headers = {"Accept": accept}
        if request.body is not None:
            patches = request.method == "PATCH"
            headers["Content-Type"] = _MERGE if patches else "application/json"
        serialized = self._client.param_serialize(
            request.method,
            request.path,
            query_params=list((request.query or {}).items()),
            header_params=headers,
            body=request.body,
            auth_settings=["BearerToken"],
        )
        return self._client.call_api(*serialized, _request_timeout=timeout)

    def _failure(self, answer: "BaseHTTPResponse", body: bytes, request: Request) -> Exception:
        return failure_of(answer.status, body, answer.headers, where=self.title, what=request.wish)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What goes wrong on the way to the cluster as a Failure."""
        from kubernetes.client import ApiException
        from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

        try:
            yield
        except ApiException as error:
            told = str(error.reason)
            if _BROKEN_OFF in told:
                raise Unclear(f"{self.title} broke off: {told.splitlines()[-1]}") from error
            raise self._untrusted(told) from error
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise Shut(
                f"{self.title} doesn't answer at {self._client.configuration.host}",
                hint="is it running, and can this machine reach it?",
            ) from error
        except (HTTPError, ValueError) as error:
            told = " ".join(str(error).split())
            raise Unclear(f"{self.title} broke off: {told}") from error

    def _untrusted(self, reason: str) -> Shut:
        told = reason.splitlines()[-1] if reason else "unknown"
        return Shut(
            f"{self.title} can't be trusted at {self._client.configuration.host}: {told}",
            hint="certificate-authority in the kubeconfig names who signed the cluster's "
            "certificate; Caliban never connects without checking it",
        )
