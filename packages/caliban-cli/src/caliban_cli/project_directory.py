"""The directory a command runs in, read as a project: its settings, what its image needs."""

import os
from collections.abc import Sequence
from pathlib import Path

from caliban_cli.environment import Environment
from caliban_domain import projects
from caliban_domain.documents import decode
from caliban_domain.entrypoints import Entrypoint, FileKind, inside, resolve
from caliban_domain.errors import BadDirectory, BadProjectConfig
from caliban_domain.images import DEFAULT_BASE_IMAGES, ImageSpec, JobMode

BASE_IMAGE_VARIABLE = "CALIBAN_BASE_IMAGE"
_REQUIREMENTS = ("requirements.txt",)


def read_config(directory: Path) -> projects.ProjectConfig:
    """The project's settings. Raises BadDocument or BadProjectConfig."""
    file = directory / projects.FILE_NAME
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return projects.NO_CONFIG
    except OSError as error:
        raise BadProjectConfig(f"{projects.FILE_NAME} can't be read: {error.strerror}") from error
    return projects.parse(decode(data, projects.FILE_NAME))


def read_entrypoint(script: str, directory: Path) -> Entrypoint:
    """What a person named to run. Raises BadEntrypoint."""

    def look(path: str) -> FileKind:
        found = directory / path
        try:
            if found.is_dir():
                return "directory"
            return "file" if found.is_file() else None
        except OSError:  # such as a name that is too long for any file
            return None

    return resolve(script, look, project=str(directory))


def image_spec(
    environment: Environment,
    config: projects.ProjectConfig,
    folder: str | None,
    *,
    mode: JobMode,
    extra_dirs: Sequence[str] = (),
) -> ImageSpec:
    """How the image of this project is made. Raises BadDirectory."""
    directory = environment.cwd
    base_image = config.base_image.get(mode)
    return ImageSpec(
        project=str(directory),
        mode=mode,
        base_image=base_image
        or environment.variables.get(BASE_IMAGE_VARIABLE)
        or DEFAULT_BASE_IMAGES[mode],
        folder=folder,
        requirements=tuple(name for name in _REQUIREMENTS if (directory / name).is_file()),
        apt_packages=config.apt_packages.get(mode, ()),
        extra_dirs=tuple(_extra_directory(path, directory) for path in extra_dirs),
    )


def _extra_directory(written: str, directory: Path) -> str:
    # Unlike that of pathlib, this leaves the ~ of a user whom nobody knows.
    path = inside(os.path.expanduser(written), str(directory))  # noqa: PTH111
    if path is None:
        raise BadDirectory(
            f"--dir {written} lies outside of the project directory {directory}",
            hint="an image can hold only what lies below the directory that caliban runs in",
        )
    found = directory / path
    if not found.is_dir():
        what = "is not a directory" if found.exists() else "doesn't exist"
        raise BadDirectory(f"--dir {written} {what}", hint="name a directory of the project")
    return path
