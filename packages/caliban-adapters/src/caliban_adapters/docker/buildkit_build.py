"""Building with BuildKit, through a docker client."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from caliban_adapters.docker import commands
from caliban_adapters.docker.commands import BuildOptions, Client
from caliban_adapters.docker.complaints import failed_build
from caliban_adapters.docker.context import WORKPLACE, Context
from caliban_adapters.docker.dockerfile import render
from caliban_adapters.docker.progress import told

_READING: Final = "[internal] load build context"
_READ: Final = "DONE"


def build_with(
    client: Client,
    context: Context,
    say: Callable[[str], None],
    options: BuildOptions,
    when_read: Callable[[], object] = lambda: None,
) -> str:
    """Build, telling a line at a time how it goes on. Returns the image's id.

    ``when_read`` is called as soon as the builder says that it has read the project. Raises
    ImageBuildFailed with the builder's last words, and PlatformUnavailable.
    """
    spec = context.spec
    # All that the builder reads beside the project, and all that it writes, is here.
    with TemporaryDirectory() as temporary:
        folder = Path(temporary, WORKPLACE)
        folder.mkdir()
        text = render(spec, buildkit=True, included=context.included)
        (folder / commands.DOCKERFILE).write_text(text, encoding="utf-8")
        (folder / commands.DOCKERIGNORE).write_bytes(context.ignore.content)
        command = commands.build(client, folder, spec.project, options)
        exit_code, lines = told(command, say, _when_read(when_read))
        if exit_code:
            raise failed_build(lines)
        return (folder / commands.IMAGE_ID).read_text().strip()


def _when_read(act: Callable[[], object]) -> Callable[[str], None]:
    """What listens to BuildKit's lines, and acts once the project has been read."""
    reading = None

    def overhear(line: str) -> None:
        nonlocal reading
        step, _, text = line.partition(" ")
        if text.startswith(_READING):
            reading = step
        elif step == reading and text.startswith(_READ):
            act()

    return overhear
