"""The project's own settings, kept beside its code in ``.calibanconfig.json``.

A person's own file of the same form gives defaults for all of their projects.
"""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from caliban_domain import deep_learning_images
from caliban_domain.documents import ONCE, Mistake, Path, key_lines, read_json, told, written
from caliban_domain.errors import BadProjectConfig, UsageError
from caliban_domain.images import JobMode
from caliban_domain.mlflow import FORMER_SETTINGS, MlflowConfig, tag_problem, uri_problem

FILE_NAME: Final = ".calibanconfig.json"

SHAREABLE: Final = frozenset({"base_image", "default_mode", "gcloud", "mlflow_config"})
"""The settings that a person's own file may give; the others belong to one project's code."""

# Debian policy, 5.6.1, with the version or architecture that apt-get lets one append; but a hyphen
# at the end would tell apt-get to remove the package.
_APT_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9+.-]+(?<!-)(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?")
# Reference grammar of the distribution project, loosely: what can stand in a FROM line unquoted.
_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")
# Of Google Cloud, with the domain that some projects are scoped to.
_PROJECT_ID: Final = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")

Report = Callable[[Path, str], None]
"""Takes down a mistake: where it is, and what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectConfig:
    """What a project says about its images and its cloud; every key is optional.

    ``places`` tell the file and line of each setting that was given.
    """

    base_image: Mapping[JobMode, str]
    apt_packages: Mapping[JobMode, tuple[str, ...]]
    default_mode: JobMode = JobMode.GPU
    project_id: str | None = None
    cloud_key: str | None = None
    build_time_credentials: bool = False
    mlflow: MlflowConfig | None = None
    places: Mapping[str, str] = field(default_factory=dict, compare=False)


NO_CONFIG: Final = ProjectConfig(base_image={}, apt_packages={})


def parse(
    text: str, source: str = FILE_NAME, *, defaults: ProjectConfig = NO_CONFIG
) -> ProjectConfig:
    """The settings that the text of a ``.calibanconfig.json`` holds, over ``defaults``.

    Raises BadDocument for broken JSON, BadProjectConfig with a line for every mistake in it.
    """
    return _over(defaults, text, source, _READERS)


def parse_shared(text: str, source: str) -> ProjectConfig:
    """The defaults that a person's own file gives. Raises as ``parse`` does."""
    readers = {key: reader for key, reader in _READERS.items() if key in SHAREABLE}
    return _over(NO_CONFIG, text, source, readers)


def image_name(text: str, source: str) -> str:
    """The image that ``source`` names, ``dlvm:`` names in full. Raises UsageError."""
    problem = _image_problem(text)
    if problem:
        raise UsageError(f"{source}: {problem}")
    return deep_learning_images.full_name(text) or text


def project_id(text: str, source: str) -> str:
    """The id of a project in Google Cloud that ``source`` names. Raises UsageError."""
    if not _PROJECT_ID.fullmatch(text):
        raise UsageError(
            f"{source}: {text!r} is not the id of a project in Google Cloud",
            hint="an id looks like my-project-1; gcloud projects list shows yours",
        )
    return text


_Reader = Callable[[Any, Path, Report], Mapping[str, object]]


def _over(
    defaults: ProjectConfig, text: str, source: str, readers: Mapping[str, _Reader]
) -> ProjectConfig:
    document, repeated = read_json(text, source)
    mistakes: list[Mistake] = []

    def report(path: Path, what: str) -> None:
        mistakes.append(Mistake(path, what))

    settings: dict[str, Any] = {}
    paths: dict[str, Path] = {}
    if not isinstance(document, dict):
        report((), "expected one object of settings")
    else:
        for key, value in _known(document, readers, (), report).items():
            given = readers[key](value, (key,), report)
            settings |= given
            paths |= dict.fromkeys(given, (key,))
    lines = key_lines(text)
    if mistakes or repeated:
        mistakes.sort(key=lambda mistake: lines.get(mistake.path, [0])[-1])
        complaint = "\n".join(filter(None, (*repeated, told(mistakes, source, lines))))
        raise BadProjectConfig(complaint, hint=ONCE if repeated else None)
    places = {name: f"{source}:{lines[path][0]}" for name, path in paths.items()}
    return replace(defaults, **settings, places={**defaults.places, **places})


def _known(
    written: Mapping[str, object], keys: Collection[str], path: Path, report: Report
) -> dict[str, object]:
    """The members that have a meaning here; the others are reported."""
    for key in (key for key in written if key not in keys):
        near = difflib.get_close_matches(key, keys, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(keys))}"
        not_here = "is for one project's own file" if key in _READERS and not path else None
        report((*path, key), not_here or f"is not a setting; {advice}")
    return {key: value for key, value in written.items() if key in keys}


def _per_mode(value: object, kind: str, path: Path, report: Report) -> Mapping[JobMode, object]:
    if isinstance(value, dict):
        known = _known(value, [mode.value for mode in JobMode], path, report)
        return {JobMode(mode): item for mode, item in known.items()}
    report(path, f'must be {kind}, or an object with "cpu" and "gpu" that holds one for each')
    return {}


def _base_image(value: object, path: Path, report: Report) -> Mapping[str, object]:
    if isinstance(value, str):
        filled = {mode: value.replace("{}", mode.value) for mode in JobMode}
        problems = {mode: _image_problem(image) for mode, image in filled.items()}
        if all(problems.values()):
            report(path, str(problems[JobMode.CPU]))  # wrong in the same way: one mistake
        # What only one mode lacks is no mistake until that mode is in use.
        fine = {mode: _full(image) for mode, image in filled.items() if not problems[mode]}
        return {"base_image": fine}
    images = {}
    for mode, image in _per_mode(value, "an image's name", path, report).items():
        if problem := _image_problem(image):
            report((*path, mode.value), problem)
        images[mode] = _full(image)
    return {"base_image": images}


def _full(image: object) -> str:
    return deep_learning_images.full_name(str(image)) or str(image)


def _image_problem(value: object) -> str | None:
    """Why no image has this name; None if one may."""
    if not isinstance(value, str) or not _IMAGE.fullmatch(value):
        return f'{written(value)} is not an image\'s name, such as "python:3.12-slim"'
    is_short = value.startswith(deep_learning_images.PREFIX)
    if is_short and not deep_learning_images.full_name(value):
        return (
            f"there is no Deep Learning image {value!r} any more; there are "
            f"{', '.join(deep_learning_images.NAMES)}"
        )
    return None


def _apt_packages(value: object, path: Path, report: Report) -> Mapping[str, object]:
    if isinstance(value, list):
        names = _package_names(value, path, report)
        return {"apt_packages": dict.fromkeys(JobMode, names)}
    lists = _per_mode(value, "a list of package names", path, report)
    packages = {
        mode: _package_names(names, (*path, mode.value), report) for mode, names in lists.items()
    }
    return {"apt_packages": packages}


def _package_names(value: object, path: Path, report: Report) -> tuple[str, ...]:
    if not isinstance(value, list):
        report(path, "must be a list of package names")
        return ()
    names = set()
    for index, name in enumerate(value):
        if isinstance(name, str) and _APT_PACKAGE.fullmatch(name):
            names.add(name)
        else:
            what = f'{written(name)} is not the name of a Debian package, such as "libsm6"'
            report((*path, index), what)
    return tuple(sorted(names))


def _default_mode(value: object, path: Path, report: Report) -> Mapping[str, object]:
    if isinstance(value, str) and value.lower() in list(JobMode):
        return {"default_mode": JobMode(value.lower())}
    report(path, 'must be "cpu" or "gpu"')
    return {}


def _gcloud(value: object, path: Path, report: Report) -> Mapping[str, object]:
    if not isinstance(value, dict):
        report(path, 'must be an object, with "project_id", "cloud_key" or both')
        return {}
    known = _known(value, ("cloud_key", "project_id"), path, report)
    project, key = known.get("project_id", ""), known.get("cloud_key", "")
    if "project_id" in known and not (isinstance(project, str) and _PROJECT_ID.fullmatch(project)):
        what = f'{written(project)} is not a project\'s id, such as "my-project-1"'
        report((*path, "project_id"), what)
    if "cloud_key" in known and not (isinstance(key, str) and key.strip() and "\0" not in key):
        report((*path, "cloud_key"), "must be the path of a service account's key file")
    return known


def _build_time_credentials(value: object, path: Path, report: Report) -> Mapping[str, object]:
    if not isinstance(value, bool):
        report(path, "must be true or false")
    return {"build_time_credentials": value}


def _mlflow_config(value: object, path: Path, report: Report) -> Mapping[str, object]:
    if not isinstance(value, dict):
        report(path, 'must be an object with "tracking_uri" and, if wanted, "tags"')
        return {}
    former = [key for key in value if key in FORMER_SETTINGS]
    for key in former:
        report((*path, key), FORMER_SETTINGS[key])
    today = {key: item for key, item in value.items() if key not in former}
    known = _known(today, ("tags", "tracking_uri"), path, report)
    address, tags = known.get("tracking_uri"), known.get("tags", {})
    if "tracking_uri" not in known:
        report(path, 'must hold "tracking_uri", the address of a tracking server')
    elif problem := uri_problem(address):
        report((*path, "tracking_uri"), problem)
    if not isinstance(tags, dict):
        report((*path, "tags"), "must be an object of names and strings")
        return {}
    for name, tag in tags.items():
        if problem := tag_problem(name, tag):
            report((*path, "tags", name), problem)
    return {"mlflow": MlflowConfig(tracking_uri=str(address), tags=tags)}


_READERS: Final[Mapping[str, _Reader]] = {
    "apt_packages": _apt_packages,
    "base_image": _base_image,
    "build_time_credentials": _build_time_credentials,
    "default_mode": _default_mode,
    "gcloud": _gcloud,
    "mlflow_config": _mlflow_config,
}
