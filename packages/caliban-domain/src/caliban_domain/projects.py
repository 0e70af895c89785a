"""The project's own settings, kept beside its code in ``.calibanconfig.json``."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from caliban_domain.documents import Mistake, key_lines, parse_json, told
from caliban_domain.errors import BadProjectConfig
from caliban_domain.images import JobMode

FILE_NAME: Final = ".calibanconfig.json"

# Debian policy, 5.6.1, with the version or architecture that apt-get lets one append; but a hyphen
# at the end would tell apt-get to remove the package.
_APT_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9+.-]+(?<!-)(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?")
# Reference grammar of the distribution project, loosely: what can stand in a FROM line unquoted.
_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectConfig:
    """What a project says about its images; every key is optional."""

    base_image: Mapping[JobMode, str]
    apt_packages: Mapping[JobMode, tuple[str, ...]]
    default_mode: JobMode = JobMode.GPU
    cloud_key: str | None = None


NO_CONFIG: Final = ProjectConfig(base_image={}, apt_packages={})


def parse(text: str, source: str = FILE_NAME) -> ProjectConfig:
    """The settings that the text of a ``.calibanconfig.json`` holds.

    Raises BadDocument for broken JSON, BadProjectConfig with a line for every mistake in it.
    """
    document = parse_json(text, source)
    mistakes: list[Mistake] = []
    config = _read(document, mistakes)
    if mistakes:
        raise BadProjectConfig(told(mistakes, source, key_lines(text)))
    return config


class _Unusable(Exception):
    """Why the value of one key can't be used."""


def _read(document: object, mistakes: list[Mistake]) -> ProjectConfig:
    if not isinstance(document, dict):
        mistakes.append(Mistake((), "expected one object of settings"))
        return NO_CONFIG
    settings: dict[str, Any] = {}
    for key, value in document.items():
        try:
            settings[key] = _reader(key)(value)
        except _Unusable as error:
            mistakes.append(Mistake((key,), str(error)))
    return replace(NO_CONFIG, **settings)


def _reader(key: str) -> Callable[[object], object]:
    if key in _READERS:
        return _READERS[key]
    near = difflib.get_close_matches(key, _READERS, n=1)
    raise _Unusable(
        f"is not a setting; did you mean {near[0]!r}?"
        if near
        else f"is not a setting; there are {', '.join(sorted(_READERS))}"
    )


def _base_image(value: object) -> Mapping[JobMode, str]:
    if isinstance(value, str):
        value = {mode.value: value.replace("{}", mode.value) for mode in JobMode}
    return {mode: _image(image) for mode, image in _per_mode(value, "an image's name").items()}


def _apt_packages(value: object) -> Mapping[JobMode, tuple[str, ...]]:
    if isinstance(value, list):
        value = {mode.value: value for mode in JobMode}
    lists = _per_mode(value, "a list of package names")
    return {mode: _package_names(names) for mode, names in lists.items()}


def _default_mode(value: object) -> JobMode:
    if isinstance(value, str) and value.lower() in list(JobMode):
        return JobMode(value.lower())
    raise _Unusable('must be "cpu" or "gpu"')


def _per_mode(value: object, kind: str) -> Mapping[JobMode, object]:
    if not isinstance(value, dict) or not value.keys() <= {"cpu", "gpu"}:
        raise _Unusable(
            f'must be {kind}, or an object with "cpu" and "gpu" that holds one for each'
        )
    return {JobMode(mode): item for mode, item in value.items()}


def _image(value: object) -> str:
    if not isinstance(value, str) or not _IMAGE.fullmatch(value):
        raise _Unusable(f'{value!r} is not an image\'s name, such as "python:3.12-slim"')
    if value.startswith("dlvm:"):
        raise _Unusable(f"{value!r}: write the Deep Learning image's full name instead of dlvm:")
    return value


def _package_names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Unusable("must be a list of package names")
    for name in value:
        if not isinstance(name, str) or not _APT_PACKAGE.fullmatch(name):
            raise _Unusable(f'{name!r} is not the name of a Debian package, such as "libsm6"')
    return tuple(sorted(set(value)))


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "apt_packages": _apt_packages,
    "base_image": _base_image,
    "default_mode": _default_mode,
}
