"""The base images that Caliban's own Dockerfile makes, listed in a matrix of Pythons and CUDAs."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from caliban_domain.errors import UsageError

REPOSITORY: Final = "caliban-base"
"""What the base images are called on this machine, before the tag."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseImage:
    """A base image: its name, the version of Python in it, and the image it is built upon."""

    name: str
    python: str
    upon: str

    @property
    def tag(self) -> str:
        """The name under which an engine has it."""
        return f"{REPOSITORY}:{self.name}"

    @property
    def build_args(self) -> Mapping[str, str]:
        """The arguments of the Dockerfile that make it this one."""
        return {"UPON": self.upon, "PYTHON": self.python}


def read_matrix(text: str) -> tuple[BaseImage, ...]:
    """All base images of a matrix, which is TOML with ``python`` and ``upon``, in its order."""
    matrix = tomllib.loads(text)
    return tuple(
        BaseImage(
            name=f"{prefix}-py{python.replace('.', '')}",
            python=python,
            upon=upon.format(python=python),
        )
        for prefix, upon in matrix["upon"].items()
        for python in matrix["python"]
    )


def chosen(images: Iterable[BaseImage], name: str) -> BaseImage:
    """The base image of this name. Raises UsageError where there is none."""
    named = {image.name: image for image in images}
    if name not in named:
        near = difflib.get_close_matches(name, named, n=1)
        raise UsageError(
            f"there is no base image {name!r}" + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"there are {', '.join(named)}",
        )
    return named[name]
