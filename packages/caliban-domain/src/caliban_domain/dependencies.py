"""Which files of a project say what it depends on, and which of their extras an image gets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from caliban_domain.errors import UsageError
from caliban_domain.images import JobMode

REQUIREMENTS: Final = "requirements.txt"
PYPROJECT: Final = "pyproject.toml"
UV_LOCK: Final = "uv.lock"
SETUP: Final = "setup.py"
SETUP_CONFIG: Final = "setup.cfg"
CONDA: Final = "environment.yml"

LOOKED_FOR: Final = (CONDA, REQUIREMENTS, PYPROJECT, UV_LOCK, SETUP, SETUP_CONFIG)

_EXTRA: Final = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
_FROM_GIT: Final = r"git\+\w+://|\bgit\s*=\s*[\"']"
_UNTOLD: Final = {"dependencies", "optional-dependencies"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependencies:
    """What decides the packages of an image.

    ``files`` are names of files in the project directory; ``extras`` those to install, to which
    a ``setup.py`` adds the one called like the mode. ``warning`` is worth a line to the person.
    """

    files: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    needs_git: bool = False
    warning: str | None = None


def dependencies(
    texts: Mapping[str, str],
    project: Mapping[str, Any] | None,
    *,
    mode: JobMode,
    asked: Sequence[str],
) -> Dependencies:
    """What the files of a project, of those ``LOOKED_FOR``, ask for in a mode.

    ``project`` is the table of that name in ``pyproject.toml``: many such files have none, because
    they hold settings of tools alone. Of ``pyproject.toml`` and ``setup.py`` one says what the
    project needs: the former, unless it leaves that to the latter.
    Raises UsageError for extras that the project doesn't declare.
    """
    _check_names(asked)
    package = _package(texts, project)
    counted = {*package, CONDA, REQUIREMENTS}
    files = tuple(name for name in LOOKED_FOR if name in texts and name in counted)
    extras, warning = _extras(package, project or {}, mode, asked)
    return Dependencies(
        files=files,
        extras=extras,
        needs_git=any(re.search(_FROM_GIT, texts[name]) for name in files),
        warning=warning,
    )


def _check_names(extras: Sequence[str]) -> None:
    for extra in extras:
        if not re.fullmatch(_EXTRA, extra):
            raise UsageError(
                f"--extras {extra!r} is not the name of an extra",
                hint="give --extras once for each name, such as --extras plots --extras tests",
            )


def _package(texts: Mapping[str, str], project: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The files that tell what the project needs in order to be installed."""
    if project is not None and UV_LOCK in texts:
        return PYPROJECT, UV_LOCK
    if SETUP in texts and (project is None or _is_told_elsewhere(project, *_UNTOLD)):
        return tuple(name for name in (PYPROJECT, SETUP, SETUP_CONFIG) if name in texts)
    return () if project is None else (PYPROJECT,)


def _is_told_elsewhere(project: Mapping[str, Any], *keys: str) -> bool:
    return not set(keys).isdisjoint(project.get("dynamic", ()))


def _extras(
    package: Sequence[str], project: Mapping[str, Any], mode: JobMode, asked: Sequence[str]
) -> tuple[tuple[str, ...], str | None]:
    """The extras to install, as the project spells them, and what there is to say of them."""
    if SETUP in package or _is_told_elsewhere(project, "optional-dependencies"):
        return tuple(dict.fromkeys(asked)), None  # only installing shows what there is
    declared = {_normal(name): name for name in project.get("optional-dependencies", ())}
    for extra in asked:
        if _normal(extra) not in declared:
            raise _no_such_extra(extra, tuple(declared.values()), in_file=bool(package))
    wanted = [_normal(extra) for extra in (mode.value, *asked)]
    warning = None
    if declared and mode.value not in declared:
        warning = f"warning: {PYPROJECT} declares no extra {mode}; going on without it"
    return tuple(dict.fromkeys(declared[name] for name in wanted if name in declared)), warning


def _no_such_extra(extra: str, declared: Sequence[str], *, in_file: bool) -> UsageError:
    if not in_file:
        return UsageError(
            f"--extras {extra}: the project declares no extras",
            hint=f"they are declared in {PYPROJECT} or {SETUP}",
        )
    there = f"it has {', '.join(sorted(declared))}" if declared else "it declares none"
    return UsageError(
        f"--extras {extra}: {PYPROJECT} has no extra {extra}: {there}",
        hint="extras are the keys of [project.optional-dependencies]",
    )


def _normal(name: str) -> str:
    """The one spelling of an extra's name: https://peps.python.org/pep-0685/."""
    return re.sub(r"[-_.]+", "-", name).lower()
