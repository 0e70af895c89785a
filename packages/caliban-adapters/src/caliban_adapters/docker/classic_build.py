"""Building through the engine's own interface, where no docker client speaks to BuildKit."""

import tarfile
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Final

from caliban_adapters.docker import dockerfile
from caliban_adapters.docker.commands import Build
from caliban_adapters.docker.context import ContextFile
from caliban_adapters.docker.engine import connect, engine_errors
from caliban_adapters.docker.requirements import included_files
from caliban_domain.images import ImageSpec

_DOCKERFILE: Final = ".caliban.Dockerfile"
_LAST_WORDS: Final = 15


def build(
    spec: ImageSpec, build: Build, files: Iterable[ContextFile], say: Callable[[str], None]
) -> list[str] | None:
    """Build and pass on what the builder says; its last words if it failed."""
    last_words: deque[str] = deque(maxlen=_LAST_WORDS)
    with TemporaryFile() as archive, closing(connect()) as engine, engine_errors():
        _pack(spec, files, archive)
        archive.seek(0)
        for message in engine.build(
            fileobj=archive,
            custom_context=True,
            dockerfile=_DOCKERFILE,
            tag=build.tag,
            labels=dict(build.labels),
            nocache=not build.use_cache,
            rm=True,
            decode=True,
        ):
            for line in (message.get("stream") or message.get("error") or "").splitlines():
                say(line)
                last_words.append(line)
            if "error" in message:
                return list(last_words)
    return None


def _everybodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Which user runs the image is known only when a container starts."""
    entry.mode = 0o777
    return entry


def _pack(spec: ImageSpec, files: Iterable[ContextFile], archive: IO[bytes]) -> None:
    """Write the build context as a tar archive: the files, and the Dockerfile."""
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file in files:
            tar.add(
                f"{spec.project}/{file.path}",
                arcname=file.path,
                recursive=False,
                filter=_everybodys,
            )
        text = dockerfile.render(spec, buildkit=False, included=included_files(spec)).encode()
        entry = tarfile.TarInfo(_DOCKERFILE)
        entry.size = len(text)
        tar.addfile(entry, BytesIO(text))
