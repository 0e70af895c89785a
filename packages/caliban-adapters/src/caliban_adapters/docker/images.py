"""Images of the Docker engine: what exists already is used, what doesn't is built."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from caliban_adapters.docker import commands, dockerfile, doubts, last_image, weight
from caliban_adapters.docker.complaints import failed_pull, is_missing_image, unavailable
from caliban_adapters.docker.context import Context, read_context
from caliban_adapters.docker.inspected import Inspected, read_inspected
from caliban_adapters.docker.last_image import LastImage, following
from caliban_adapters.docker.process import Command, run, running
from caliban_domain.errors import ImageBuildFailed, UsageError
from caliban_domain.images import ImageHash, ImageRef, ImageSpec, image_hash

HASH_LABEL: Final = "io.caliban.image-hash"
DIRTY_LABEL: Final = "io.caliban.git-dirty"
REVISION_LABEL: Final = "org.opencontainers.image.revision"
BASE_NAME_LABEL: Final = "org.opencontainers.image.base.name"
BASE_DIGEST_LABEL: Final = "org.opencontainers.image.base.digest"

_TAG_DIGITS: Final = 32
_EDITED: Final = "caliban:edited"
"""How the names of images begin whose files were edited while they were built."""


class Revision(Protocol):
    """Which version of its code a project is at, and whether it was edited since."""

    @property
    def commit(self) -> str: ...

    @property
    def dirty(self) -> bool: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Secrets:
    """Files and directories that no image holds.

    ``readable`` are files, by their names in ``BUILD_SECRETS``, that what installs may read if the
    spec of an image says so.
    """

    withheld: Sequence[Path] = ()
    readable: Mapping[str, Path] = field(default_factory=dict)


NO_SECRETS: Final = Secrets()


class DockerImages:
    """Builds images, unless the engine has one with all the same content.

    ``cache_dir`` holds notes that spare work and may be lost; ``say`` is told how things go on, a
    line at a time; ``revision`` tells what version a project directory is at, if it knows.
    Without ``use_cache`` everything is built, from the first step on. No ``secrets`` enter an
    image.
    """

    def __init__(
        self,
        *,
        cache_dir: Path,
        use_cache: bool = True,
        say: Callable[[str], None],
        revision: Callable[[str], Revision | None],
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self._cache_dir = cache_dir
        self._use_cache = use_cache
        self._say = say
        self._revision = revision
        self._secrets = secrets

    def build(self, spec: ImageSpec, /) -> ImageRef:
        last = last_image.recall(self._cache_dir, spec.key)
        names = (spec.base_image, last.tag) if last else (spec.base_image,)
        revision = cache(partial(self._revision, spec.project))
        # The engine answers while the project is read.
        with running(commands.inspect(*names)) as finish:
            context = self._context(spec)
            # Mostly the base image is that of last time, which tells the name to look for.
            likely = _tag(_hash(spec, context, last.base_id)) if last else None
            alike = None
            if last and likely and likely != last.tag:
                _load_builder()
                revision()
                # One that was never noted is seldom there; BuildKit's cache soon makes it again.
                alike = self._find(likely) if likely in last.earlier else None
            there = read_inspected(finish())
        ours = _named(last.tag, there) if last else None
        base = next((image for image in there if image is not ours), None)
        # Without its base image, the image of last time is as good as ever.
        base_id = base.id if base else last.base_id if last and ours else None
        if self._use_cache and base_id:
            wanted = _hash(spec, context, base_id)
            found = _named(_tag(wanted), (ours, alike))
            if found is None and likely != _tag(wanted):
                found = self._find(_tag(wanted))
            if found and self._is_believed(found, wanted):
                return self._up_to_date(spec, following(last, base_id, _tag(wanted)), found)
        if spec.build_credentials:
            from caliban_adapters.docker.client import require_client

            require_client()
        return self._build(spec, context, base or self._pull(spec), revision())

    def find(self, reference: str, /) -> ImageRef:
        found = self._find(reference) if reference else None
        if found is None:
            raise UsageError(
                f"the engine has no image {reference!r}", hint="docker images lists those it has"
            )
        return _reference(found)

    def _find(self, name: str) -> Inspected | None:
        return next(iter(read_inspected(run(commands.inspect(name)))), None)

    def _up_to_date(self, spec: ImageSpec, last: LastImage, found: Inspected) -> ImageRef:
        if last != last_image.recall(self._cache_dir, spec.key):
            last_image.note(self._cache_dir, spec.key, last)
        image = _reference(found)
        self._say(f"image {image.short} is up to date")
        return image

    def _is_believed(self, found: Inspected, wanted: ImageHash) -> bool:
        is_said = found.labels.get(HASH_LABEL) == wanted
        return is_said and not doubts.is_in_doubt(self._cache_dir, _tag(wanted))

    def _context(self, spec: ImageSpec) -> Context:
        return read_context(spec, self._cache_dir, self._secrets.withheld)

    def _build(
        self, spec: ImageSpec, context: Context, base: Inspected, revision: Revision | None
    ) -> ImageRef:
        wanted = _hash(spec, context, base.id)
        labels = {
            HASH_LABEL: wanted,
            BASE_NAME_LABEL: spec.base_image,
            BASE_DIGEST_LABEL: base.digest,
            **_revision_labels(revision),
        }
        self._say(f"building an image of {spec.project} from {spec.base_image}")
        for line in weight.advice(context.tree, context.tops):
            self._say(line)
        tag = _tag(wanted)
        is_named = doubts.raise_doubt(self._cache_dir, tag)
        is_right = cache(partial(self._is_as_it_was, context))
        try:
            found = self._built(context, labels, tag if is_named else "", is_right)
        except ImageBuildFailed:
            doubts.clear(self._cache_dir, tag)
            raise
        image = ImageRef(found, base.digest)
        self._say(f"built image {image.short}")
        if is_named != is_right():
            self._rename(image, tag, is_right=is_right())
        if is_right():
            last = last_image.recall(self._cache_dir, spec.key)
            last_image.note(self._cache_dir, spec.key, following(last, base.id, tag))
        doubts.clear(self._cache_dir, tag)
        return image

    def _is_as_it_was(self, context: Context) -> bool:
        """Whether the project still holds what it did when somebody looked first."""
        try:
            return self._context(context.spec).digest == context.digest
        except (ImageBuildFailed, UsageError):
            return False

    def _rename(self, image: ImageRef, tag: str, *, is_right: bool) -> None:
        """Give the image its name, or take it away.

        Files that were edited meanwhile may be in the image or not. It is not called after them
        then, so that nobody takes it for what they said before or say now.
        """
        if is_right:
            self._ask(commands.tag(image.reference, tag))
            return
        # The engine removes an image with its last name.
        self._ask(commands.tag(image.reference, f"{_EDITED}-{image.short}"))
        self._ask(commands.untag(tag))

    def _built(
        self,
        context: Context,
        labels: Mapping[str, str],
        tag: str,
        when_read: Callable[[], object],
    ) -> str:
        # Mostly there is nothing to build, and then none of this is needed.
        from caliban_adapters.docker.buildkit_build import build_with
        from caliban_adapters.docker.last_client import known_client

        secrets = self._secrets if context.spec.build_credentials else NO_SECRETS
        options = commands.BuildOptions(
            labels=labels, tag=tag, secrets=secrets.readable, use_cache=self._use_cache
        )
        if client := known_client(self._cache_dir):
            return build_with(client, context, self._say, options, when_read)
        from caliban_adapters.docker.classic_build import build_classically

        return build_classically(context, self._say, options, when_read)

    def _ask(self, command: Command) -> None:
        asked = run(command)
        # Another command that builds the same may have taken the name away already.
        if asked.exit_code and not is_missing_image(asked.stderr.strip()):
            raise unavailable(asked.stderr)

    def _pull(self, spec: ImageSpec) -> Inspected:
        from caliban_adapters.docker.progress import told

        name = spec.base_image
        self._say(f"pulling the base image {name}")
        exit_code, lines = told(commands.pull(name, spec.platform), self._say)
        pulled = None if exit_code else self._find(name)
        if pulled is None:
            raise failed_pull(name, lines)
        return pulled


def _named(tag: str, images: Iterable[Inspected | None]) -> Inspected | None:
    return next((image for image in images if image and image.has_tag(tag)), None)


def _load_builder() -> None:
    """Import what builds, which is needed as a rule once a build is, while the engine answers."""
    for module in ("buildkit_build", "last_client"):
        import_module(f"caliban_adapters.docker.{module}")


def _reference(found: Inspected) -> ImageRef:
    return ImageRef(found.id, found.labels.get(BASE_DIGEST_LABEL))


def _revision_labels(revision: Revision | None) -> dict[str, str]:
    """Empty where there is no revision: else those of the base image would show through."""
    if revision is None:
        return {REVISION_LABEL: "", DIRTY_LABEL: ""}
    return {REVISION_LABEL: revision.commit, DIRTY_LABEL: str(revision.dirty).lower()}


def _hash(spec: ImageSpec, context: Context, base_id: str) -> ImageHash:
    return image_hash(
        dockerfile=dockerfile.render(spec, buildkit=True, included=context.included),
        base_digest=base_id,
        context_digest=context.digest,
        mode=spec.mode,
    )


def _tag(image: ImageHash) -> str:
    return f"caliban:{image[:_TAG_DIGITS]}"
