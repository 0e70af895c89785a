"""Images: everything that decides one, and the identity that follows from it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Final, NewType

SpecKey = NewType("SpecKey", str)
"""The identity of an image spec: 64 hexadecimal digits."""

ImageHash = NewType("ImageHash", str)
"""The identity of an image's content: 64 hexadecimal digits."""

USUAL_PLATFORM: Final = "linux/amd64"
"""What nearly all machines in clouds are."""

_SHORT: Final = 12


class JobMode(StrEnum):
    """Which hardware an image is made for."""

    CPU = "cpu"
    GPU = "gpu"


DEFAULT_BASE_IMAGES: Final[Mapping[JobMode, str]] = {
    JobMode.CPU: "python:3.12-slim",
    JobMode.GPU: "nvidia/cuda:12.9.1-runtime-ubuntu24.04",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageSpec:
    """How an image is made: what a person asked for, before anything is read or built.

    ``project`` is the absolute path of the project directory; ``folder``, ``extra_dirs`` and
    ``requirements`` are paths relative to it. Without a ``folder`` the image holds no code.
    ``requirements`` are the files that say what to install, and ``extras`` the names of what they
    offer besides; ``packages`` are requirements of Caliban's own, installed upon those of the
    project. With ``build_credentials``, what installs sees the caller's credentials, and the image
    doesn't. ``platform`` is what machines it is for, such as ``linux/amd64``; the engine's own
    without. Two runs of an edited project have one spec and two images.
    """

    project: str
    mode: JobMode
    base_image: str
    folder: str | None
    requirements: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    apt_packages: tuple[str, ...] = ()
    extra_dirs: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    build_credentials: bool = False
    platform: str = ""

    @property
    def key(self) -> SpecKey:
        """The identity of this spec, the same on every machine and in every run."""
        # Some fields came later, and made no spec another one.
        later = {"packages", "extras", "build_credentials", "platform"}
        fields = {name: it for name, it in asdict(self).items() if it or name not in later}
        text = json.dumps(fields, sort_keys=True)
        return SpecKey(hashlib.sha256(text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image that exists, under the reference that a platform runs it by.

    ``base_digest`` tells what it was built from, where that is known, and is no part of what it is.
    """

    reference: str
    base_digest: str | None = field(default=None, compare=False)

    @property
    def short(self) -> str:
        """The reference as people read it: an image id is cut to 12 digits."""
        algorithm, colon, digest = self.reference.partition(":")
        return digest[:_SHORT] if algorithm == "sha256" and colon else self.reference


def image_hash(
    *, dockerfile: str, base_digest: str, context_digest: str, mode: JobMode
) -> ImageHash:
    """The identity of an image: equal exactly when all that decides its content is equal."""
    parts = json.dumps([dockerfile, base_digest, context_digest, mode])
    return ImageHash(hashlib.sha256(parts.encode()).hexdigest())
