"""The fake on loopback, where any program reaches it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import parse_qsl

from fakes.fake_google import FakeGoogle, Request
from fakes.loopback import Conversation, Server, serving
from fakes.tokens import BadGrant, service_account_key

_TOKEN_PATH = "/token"  # noqa: S105 -- an address, not a secret


class Google(FakeGoogle):
    """The fake, and where it listens."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.ended = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be told to find the fake; nobody logs in."""
        return {
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": f"{self.url}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{self.url}/compute/v1/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER": f"{self.url}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"{self.url}/",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        }

    @property
    def token_uri(self) -> str:
        return self.url + _TOKEN_PATH

    def service_account_key(self) -> str:
        """The text of a key file that gets tokens from the fake."""
        return json.dumps(service_account_key(self.token_uri))


@contextmanager
def serve() -> Iterator[Google]:
    """A fake on a free port, until the block ends."""
    server = _GoogleServer(_Conversation)
    server.google = Google(server.url)
    with serving(server, server.google.ended):
        yield server.google


class _GoogleServer(Server):
    google: Google


class _Conversation(Conversation):
    def respond(self, body: bytes) -> None:
        google = cast("_GoogleServer", self.server).google
        if (self.command, self.path) == ("POST", _TOKEN_PATH):
            self._answer(*_token(google, body), {})
            return
        answer = google.answer(
            Request(
                verb=self.command,
                target=self.path,
                body=body,
                authorization=self.headers.get("Authorization"),
            )
        )
        fault = answer.fault
        if fault.meanwhile:
            fault.meanwhile()
        if fault.delay:
            google.ended.wait(fault.delay)
        self._answer(answer.code, answer.body, answer.headers, heard=fault.heard)

    def _answer(
        self,
        code: int,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        heard: float = 1,
    ) -> None:
        json_type = {"Content-Type": "application/json; charset=UTF-8"}
        self.write(code, json.dumps(body).encode(), {**json_type, **headers}, heard=heard)


def _token(google: Google, body: bytes) -> tuple[int, dict[str, Any]]:
    try:
        return 200, google.tokens.grant(dict(parse_qsl(body.decode())), google.token_uri)
    except BadGrant as error:
        return 400, {"error": "invalid_grant", "error_description": str(error)}
