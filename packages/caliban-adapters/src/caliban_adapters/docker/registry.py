"""A registry, as the engine reaches it: the engine knows its protocol, its mirrors and its TLS."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from caliban_adapters.docker.engine import NotThere, engine_errors
from caliban_adapters.docker.registry_login import Login
from caliban_adapters.docker.registry_refusals import is_absent, refusal
from caliban_domain.errors import PlatformError
from caliban_domain.repositories import Repository

if TYPE_CHECKING:
    from docker import APIClient

_BETWEEN_NEWS: Final = 5.0  # seconds
_MEGABYTE: Final = 1e6


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image that a registry has: by what digest, and for which platforms it says it is."""

    digest: str
    platforms: tuple[str, ...]


class PushProgress:
    """What a person is told of a push: each layer that is there, and now and then how far it is."""

    def __init__(
        self, say: Callable[[str], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._now = now
        self._told_at = now()
        self._sent: dict[str, tuple[int, int]] = {}

    def hear(self, event: Mapping[str, Any]) -> None:
        """What the engine tells next."""
        if (status := event.get("status", "")) in ("Pushed", "Layer already exists"):
            self._say(f"{event['id']}: {status.lower()}")
        detail = event.get("progressDetail") or {}
        if total := detail.get("total"):
            self._sent[event["id"]] = min(detail.get("current", 0), total), total
            if self._now() >= self._told_at + _BETWEEN_NEWS:
                self._told_at = self._now()
                sent, of = map(sum, zip(*self._sent.values(), strict=True))
                self._say(f"sent {sent / _MEGABYTE:,.0f} of {of / _MEGABYTE:,.0f} MB")


class Registry:
    """What one repository of a registry holds."""

    def __init__(self, engine: "APIClient", repository: Repository, login: Login) -> None:
        self._engine = engine
        self._repository = repository
        self._login = login

    def manifest(self, reference: str) -> Manifest | None:
        """The image of a reference with tag or digest; None if the registry hasn't got it.

        Raises PlatformError.
        """
        try:
            with self._answers():
                found = self._engine.inspect_distribution(reference, auth_config=dict(self._login))
        except NotThere:
            return None
        platforms = tuple(map(platform_name, found.get("Platforms") or ()))
        return Manifest(found["Descriptor"]["digest"], platforms)

    def push(self, tag: str, say: Callable[[str], None]) -> str:
        """Send what the engine has by this tag, but for layers that are there; its digest.

        Raises PlatformError.
        """
        digest: str | None = None
        refused: str | None = None
        progress = PushProgress(say)
        with self._answers():
            told = self._engine.push(
                *(str(self._repository), tag),
                stream=True,
                decode=True,
                auth_config=dict(self._login),
            )
            for event in told:
                # Heard to the end in any case, which lets go of the connection.
                refused = event.get("error", refused)
                progress.hear(event)
                digest = (event.get("aux") or {}).get("Digest", digest)
        if refused:
            raise refusal(refused, self._repository)
        if digest is None:
            raise PlatformError(f"{self._repository.host} doesn't say what was pushed")
        return digest

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """Raise refusals for what registries say through the engine; NotThere for no image."""
        from docker.errors import APIError

        try:
            with engine_errors():
                yield
        except PlatformError as error:
            cause = error.__cause__
            if not isinstance(cause, APIError):
                raise
            words = str(cause.explanation or cause)
            if is_absent(words):
                raise NotThere(words) from error
            raise refusal(words, self._repository) from error
        except NotThere as error:
            if not is_absent(str(error)):
                raise refusal(str(error), self._repository) from error
            raise


def platform_name(described: Mapping[str, Any]) -> str:
    """Such as ``linux/amd64``."""
    return f"{described.get('os', '')}/{described.get('architecture', '')}"
