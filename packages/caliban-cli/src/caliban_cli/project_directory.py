"""The directory a command runs in, read as a project: its settings, what its image needs."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from caliban_cli.environment import Environment
from caliban_domain import projects
from caliban_domain.dependencies import LOOKED_FOR, PYPROJECT, dependencies
from caliban_domain.documents import decode
from caliban_domain.entrypoints import Entrypoint, FileKind, inside, resolve
from caliban_domain.errors import BadDirectory, BadProjectConfig, UsageError
from caliban_domain.images import DEFAULT_BASE_IMAGES, ImageSpec, JobMode

BASE_IMAGE_VARIABLE = "CALIBAN_BASE_IMAGE"

_TO_THE_OTHER: Final[Mapping[JobMode, str]] = {
    JobMode.GPU: '--nogpu, or "default_mode": "cpu"',
    JobMode.CPU: 'without --nogpu, and without "default_mode": "cpu"',
}


def read_config(environment: Environment) -> projects.ProjectConfig:
    """The project's settings over the person's own. Raises BadDocument or BadProjectConfig."""
    own = environment.config_directory / "config.json"
    shared = _text(own, str(own))
    defaults = projects.NO_CONFIG if shared is None else projects.parse_shared(shared, str(own))
    text = _text(environment.cwd / projects.FILE_NAME, projects.FILE_NAME)
    return defaults if text is None else projects.parse(text, defaults=defaults)


def configured_key(environment: Environment) -> str | None:
    """The key for Google Cloud in the settings, for commands that go on without them."""
    try:
        return read_config(environment).cloud_key
    except UsageError:
        return None


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
    """How the image of this project is made, but for what it depends on. Raises UsageError."""
    directory = environment.cwd
    return ImageSpec(
        project=str(directory),
        mode=mode,
        base_image=_base_image(environment, config, mode),
        folder=folder,
        apt_packages=config.apt_packages.get(mode, ()),
        extra_dirs=tuple(_extra_directory(path, directory) for path in extra_dirs),
        build_credentials=config.build_time_credentials,
    )


def dependencies_of(spec: ImageSpec, asked: Sequence[str]) -> tuple[ImageSpec, str | None]:
    """A spec with what its project depends on, and a warning. Raises UsageError."""
    directory = Path(spec.project)
    texts = {name: _read(directory / name) for name in LOOKED_FOR if (directory / name).is_file()}
    project = _project_table(texts[PYPROJECT]) if PYPROJECT in texts else None
    found = dependencies(texts, project, mode=spec.mode, asked=asked)
    apt_packages = spec.apt_packages
    if found.needs_git and "git" not in apt_packages:
        apt_packages = (*apt_packages, "git")
    return replace(
        spec, requirements=found.files, extras=found.extras, apt_packages=apt_packages
    ), found.warning


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise BadProjectConfig(f"{file.name} can't be read: {error.strerror}") from error


def _project_table(text: str) -> Mapping[str, Any] | None:
    import tomllib

    try:
        table = tomllib.loads(text).get("project")
    except tomllib.TOMLDecodeError as error:
        raise BadProjectConfig(f"{PYPROJECT} is not valid TOML: {error}") from error
    if table is None or isinstance(table, dict):
        return table
    raise BadProjectConfig(f"{PYPROJECT}: key 'project' must be a table")


def _text(file: Path, name: str) -> str | None:
    try:
        return decode(file.read_bytes(), name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadProjectConfig(f"{name} can't be read: {error.strerror}") from error


def _base_image(environment: Environment, config: projects.ProjectConfig, mode: JobMode) -> str:
    if image := config.base_image.get(mode):
        return image
    if config.base_image:
        given = " and ".join(repr(given.value) for given in config.base_image)
        raise BadProjectConfig(
            f"{config.places['base_image']}: key 'base_image': has no image for {mode.value!r}, "
            f"the mode in use, but for {given}",
            hint=f"add {mode.value!r} to it, or use that one: {_TO_THE_OTHER[mode]}",
        )
    if image := environment.variables.get(BASE_IMAGE_VARIABLE):
        return projects.image_name(image, f"${BASE_IMAGE_VARIABLE}")
    return DEFAULT_BASE_IMAGES[mode]


def _extra_directory(written: str, directory: Path) -> str:
    if not written:
        raise BadDirectory("--dir names nothing", hint="name a directory of the project")
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
