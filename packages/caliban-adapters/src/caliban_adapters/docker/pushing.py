"""Images for other machines: built here, kept by a registry, run by their digest."""

from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

from caliban_adapters.docker.engine import NotThere, connect, engine_errors
from caliban_adapters.docker.registry import Registry, platform_name
from caliban_adapters.docker.registry_login import find_login
from caliban_domain.errors import PlatformUnavailable, UsageError
from caliban_domain.images import USUAL_PLATFORM, ImageRef, ImageSpec
from caliban_domain.ports import Images
from caliban_domain.repositories import Repository, repository_of

_TAG_DIGITS: Final = 32


def _no_token() -> str | None:
    return None


class PushedImages:
    """Makes ``images`` available from a repository, which gets only what it hasn't got yet.

    ``google_token`` gives an access token for repositories of Google's to which Docker itself
    knows no login.
    """

    def __init__(
        self,
        images: Images,
        repository: Repository,
        *,
        say: Callable[[str], None],
        google_token: Callable[[], str | None] = _no_token,
    ) -> None:
        self._images = images
        self._repository = repository
        self._say = say
        self._google_token = google_token

    def build(self, spec: ImageSpec, /) -> ImageRef:
        return self._pushed(self._images.build(spec), spec.platform or USUAL_PLATFORM)

    def find(self, reference: str, /) -> ImageRef:
        """An image that a registry has, or one of the engine's, pushed."""
        home = repository_of(reference)
        if home is None:
            return self._pushed(self._images.find(reference), USUAL_PLATFORM)
        with closing(connect()) as engine:
            registry = Registry(engine, home, find_login(home, self._google_token))
            manifest = registry.manifest(reference)
        if manifest is None:
            raise UsageError(f"the registry {home.host} has no image {reference}")
        self._warn(reference, manifest.platforms, USUAL_PLATFORM)
        return ImageRef(f"{home}@{manifest.digest}")

    def _pushed(self, image: ImageRef, needed: str) -> ImageRef:
        repository = self._repository
        with closing(connect()) as engine:
            known = self._inspected(engine, image)
            self._warn(image.short, (platform_name(_lower(known)),), needed)
            registry = Registry(engine, repository, find_login(repository, self._google_token))
            for name in known.get("RepoDigests") or ():
                if name.startswith(f"{repository}@") and registry.manifest(name):
                    self._say(f"{repository.host} has image {image.short} already")
                    return ImageRef(name, image.base_digest)
            self._say(f"pushing image {image.short} to {repository}")
            tag = known["Id"].partition(":")[2][:_TAG_DIGITS]
            with engine_errors():
                engine.tag(known["Id"], str(repository), tag)
            digest = registry.push(tag, self._say)
        self._say(f"pushed image {image.short}")
        return ImageRef(f"{repository}@{digest}", image.base_digest)

    def _inspected(self, engine: Any, image: ImageRef) -> dict[str, Any]:
        try:
            with engine_errors():
                found: dict[str, Any] = engine.inspect_image(image.reference)
        except NotThere as error:
            raise PlatformUnavailable(f"the engine has lost image {image.short}") from error
        return found

    def _warn(self, name: str, platforms: tuple[str, ...], needed: str) -> None:
        known = [platform for platform in platforms if platform.strip("/")]
        if known and needed not in known:
            self._say(f"image {name} is for {', '.join(known)}, and {needed} is needed")


def _lower(described: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in described.items()}
