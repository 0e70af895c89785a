"""Images of the local Docker engine: found if nothing that decides them has changed, else built."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from caliban_adapters.docker import classic_build, commands, context, dockerfile
from caliban_adapters.docker.client import buildkit_client
from caliban_adapters.docker.commands import Build
from caliban_adapters.docker.engine import HOW_TO_START
from caliban_adapters.docker.process import Command, run, stream
from caliban_adapters.docker.requirements import included_files
from caliban_domain.errors import ImageBuildFailed, PlatformUnavailable, UsageError
from caliban_domain.images import ImageHash, ImageRef, ImageSpec, image_hash


class Revision(Protocol):
    """Which version of its code a project was at."""

    @property
    def commit(self) -> str: ...

    @property
    def dirty(self) -> bool: ...


HASH_LABEL: Final = "io.caliban.image-hash"

_LAST_WORDS: Final = 15
_NO_ENGINE: Final = re.compile(
    r"Cannot connect to the Docker daemon|error during connect|dial unix"
)
_STEP: Final = re.compile(r"^#\d+ (?:\d+\.\d+ )?")
_NOISE: Final = re.compile(r"sha256:|CACHED$|DONE |-+$|>+ |\[internal\]|transferring |[\da-f]{64}")


class DockerImages:
    """Builds with the docker client.

    ``cache_dir`` is for notes about files that were read; ``say`` is told how building goes on,
    a line at a time; ``revision`` tells of a project directory which commit it is at.
    """

    def __init__(
        self,
        *,
        cache_dir: Path,
        use_cache: bool = True,
        say: Callable[[str], None],
        revision: Callable[[str], Revision | None],
    ) -> None:
        self._cache = cache_dir
        self._use_cache = use_cache
        self._say = say
        self._revision = revision

    def build(self, spec: ImageSpec, /) -> ImageRef:
        index = context.Index.load(self._cache, spec.project)
        content = context.digest(_files(spec), spec.project, index)
        base, found = self._look_up(spec, content, index)
        wanted = _hash(spec, content, base)
        if found and self._use_cache:
            self._say(f"image {found.short} is up to date")
            return found
        self._say(f"building an image of {spec.project} from {spec.base_image}")
        image = self._build(spec, base, wanted)
        self._say(f"built image {image.short}")
        return image

    def find(self, reference: str, /) -> ImageRef:
        (found,) = _ids(reference)
        if found is None:
            raise UsageError(
                f"the engine has no image {reference}", hint="docker images lists those it has"
            )
        return ImageRef(found)

    def _look_up(
        self, spec: ImageSpec, content: str, index: context.Index
    ) -> tuple[str, ImageRef | None]:
        """The base image's id, and the image if there is one: in one call if the base is known."""
        remembered = index.base_digests.get(spec.base_image, "")
        base, found = _ids(spec.base_image, _tag(_hash(spec, content, remembered)))
        if base is None:
            base = self._pull(spec.base_image)
        if base != remembered:
            index.base_digests[spec.base_image] = base
            index.save()
            (found,) = _ids(_tag(_hash(spec, content, base)))
        return base, ImageRef(found) if found else None

    def _pull(self, reference: str) -> str:
        self._say(f"pulling the base image {reference}")
        last_words = self._stream(commands.pull(reference))
        (pulled,) = _ids(reference)
        if last_words is None and pulled:
            return pulled
        reason = last_words[-1] if last_words else "the engine doesn't say why"
        raise ImageBuildFailed(
            f"the base image {reference} is not there and can't be pulled: {reason}",
            hint='set "base_image" in .calibanconfig.json, or $CALIBAN_BASE_IMAGE, to one that is',
        )

    def _build(self, spec: ImageSpec, base: str, wanted: ImageHash) -> ImageRef:
        labels = {
            HASH_LABEL: wanted,
            "org.opencontainers.image.base.name": spec.base_image,
            "org.opencontainers.image.base.digest": base,
            **_revision_labels(self._revision(spec.project)),
        }
        client = buildkit_client()
        build = Build(_tag(wanted), labels, self._use_cache)
        last_words = (
            self._build_with_client(client, spec, build)
            if client
            else classic_build.build(spec, build, _files(spec), self._say)
        )
        if last_words is not None:
            raise ImageBuildFailed("the image can't be built:\n" + "\n".join(last_words))
        return self.find(build.tag)

    def _build_with_client(self, client: str, spec: ImageSpec, build: Build) -> list[str] | None:
        """Build with BuildKit; the builder's last words if it failed."""
        with TemporaryDirectory(prefix="caliban-") as folder:
            Path(folder, "Dockerfile").write_text(_rendered(spec))
            ignored = context.read_ignore(spec.project).text
            Path(folder, "Dockerfile.dockerignore").write_text(ignored, errors="surrogateescape")
            return self._stream(commands.build(client, build, folder=folder, project=spec.project))

    def _stream(self, command: Command) -> list[str] | None:
        """Run a command and pass on what it says; its last words if it failed."""
        last_words: deque[str] = deque(maxlen=_LAST_WORDS)

        def hear(line: str) -> None:
            said = _STEP.sub("", line).strip()
            if said and not _NOISE.match(said):
                self._say(said)
                last_words.append(said)

        return list(last_words) if stream(command, hear) else None


def _revision_labels(revision: Revision | None) -> dict[str, str]:
    if revision is None:
        return {}
    return {
        "org.opencontainers.image.revision": revision.commit,
        "io.caliban.git-dirty": "true" if revision.dirty else "false",
    }


def _rendered(spec: ImageSpec) -> str:
    return dockerfile.render(spec, buildkit=True, included=included_files(spec))


def _files(spec: ImageSpec) -> Iterator[context.ContextFile]:
    roots = (*spec.requirements, *included_files(spec), *spec.extra_dirs, spec.folder)
    return context.files(spec.project, roots, context.read_ignore(spec.project))


def _hash(spec: ImageSpec, content: str, base: str) -> ImageHash:
    return image_hash(
        dockerfile=_rendered(spec), base_digest=base, context_digest=content, mode=spec.mode
    )


def _tag(wanted: ImageHash) -> str:
    return f"caliban:{wanted[:32]}"


def _ids(*references: str) -> list[str | None]:
    """The id of each image, None for one that the engine hasn't got."""
    finished = run(commands.image_ids(*references))
    if finished.exit_code == 0:
        return [*finished.stdout.split()]
    if _NO_ENGINE.search(finished.stderr):
        raise PlatformUnavailable("no Docker engine answers", hint=HOW_TO_START)
    if len(references) == 1:
        return [None]
    return [found for reference in references for found in _ids(reference)]
