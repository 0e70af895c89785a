"""Base images, built from Caliban's own Dockerfile."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from caliban_adapters.docker import commands
from caliban_adapters.docker.client import find_client
from caliban_adapters.docker.complaints import failed_build
from caliban_adapters.docker.progress import told
from caliban_domain.base_images import chosen, read_matrix

# In a checkout, a link to the folder at its root; in a wheel, the files themselves.
DOCKERFILES: Final = Path(__file__).parent / "dockerfiles"


def build_base(name: str, *, upon: str | None, use_cache: bool, say: Callable[[str], None]) -> str:
    """Build a base image of the matrix, or the same ``upon`` another image. Returns its tag.

    Raises UsageError for a name that isn't in the matrix, ImageBuildFailed, PlatformUnavailable.
    """
    image = chosen(read_matrix((DOCKERFILES / "matrix.toml").read_text()), name)
    if upon:
        image = replace(image, upon=upon)
    say(f"building {image.tag} from {image.upon}, with Python {image.python}")
    command = commands.build_base(find_client(), DOCKERFILES, image, use_cache=use_cache)
    exit_code, lines = told(command, say)
    if exit_code:
        raise failed_build(lines)
    return image.tag
