"""Building through the engine's own interface, where no docker client speaks to BuildKit."""

import tarfile
from collections.abc import Callable, Mapping
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any, Final

from caliban_adapters.docker.commands import BuildOptions
from caliban_adapters.docker.complaints import failed_build
from caliban_adapters.docker.context import Context
from caliban_adapters.docker.dockerfile import CLASSIC_ROOT, render
from caliban_adapters.docker.engine import connect, engine_errors

_DOCKERFILE: Final = "Dockerfile"
_EVERYBODYS: Final = 0o777


def build_classically(
    context: Context,
    say: Callable[[str], None],
    options: BuildOptions,
    when_read: Callable[[], object] = lambda: None,
) -> str:
    """Build, telling a line at a time how it goes on. Returns the image's id.

    ``when_read`` is called as soon as the project has been read. Secrets can't be given to this
    builder. Raises ImageBuildFailed with the builder's last words, and PlatformUnavailable.
    """
    lines: list[str] = []
    image_id = None
    with TemporaryFile() as archive, engine_errors():
        pack(context, archive)
        when_read()
        archive.seek(0)
        for message in connect().build(
            fileobj=archive,
            custom_context=True,
            dockerfile=_DOCKERFILE,
            tag=options.tag or None,
            labels=dict(options.labels),
            nocache=not options.use_cache,
            rm=True,
            forcerm=True,
            decode=True,
        ):
            image_id = message.get("aux", {}).get("ID", image_id)
            for line in _told(message).splitlines():
                lines.append(line)
                say(line)
    if image_id is None or "error" in message:
        raise failed_build(lines)
    return str(image_id)


def _told(message: Mapping[str, Any]) -> str:
    return str(message.get("stream") or message.get("error") or "")


def pack(context: Context, archive: IO[bytes]) -> None:
    """Write the Dockerfile, and in a directory beside it the project, as a tar archive."""
    text = render(context.spec, buildkit=False, included=context.included).encode()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(_DOCKERFILE)
        entry.size = len(text)
        tar.addfile(entry, BytesIO(text))
        for path in context.paths:
            tar.add(
                f"{context.spec.project}/{path}",
                arcname=f"{CLASSIC_ROOT}/{path}",
                recursive=False,
                filter=_everybodys,
            )


def _everybodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """What is in an image is its root's, and may be changed by all."""
    entry.mode = _EVERYBODYS
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
