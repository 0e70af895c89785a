"""What may hold secrets and stays out of images, beside what the ``.dockerignore`` leaves out."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from caliban_adapters.docker.content_index import FILES, Found
from caliban_adapters.docker.dockerignore import Ignore, Pattern

UNLESS_NAMED: Final = (".git", ".env")
"""Names of what is kept out, unless a ``!`` rule of the ``.dockerignore`` names it."""

CREDENTIALS: Final = tuple(
    Pattern(f"**/{path}")
    for path in (
        ".config/gcloud",
        "application_default_credentials.json",
        ".netrc",
        ".pypirc",
        ".aws/credentials",
        ".docker/config.json",
        ".ssh",
        ".git-credentials",
        ".kube/config",
        ".pgpass",
    )
)
"""What no image holds, whatever the ``.dockerignore`` says."""

_KEY_FILE_AT_MOST: Final = 16_384
_LOGINS: Final = ("authorized_user", "impersonated_service_account")
"""The types of what gcloud auth application-default login writes."""


def guarded(ignore: Ignore) -> Ignore:
    """The rules of a ``.dockerignore``, with those that keep secrets out."""
    exceptions = (pattern.text for pattern in ignore.patterns if pattern.is_exception)
    named = {name for text in exceptions for name in text.split("/")}
    before = [Pattern(f"**/{name}") for name in UNLESS_NAMED if name in named]
    after = [Pattern(f"**/{name}") for name in UNLESS_NAMED if name not in named]
    return Ignore((*before, *ignore.patterns)).extended(*after, *CREDENTIALS)


def key_files(project: str, tree: Iterable[Found]) -> tuple[str, ...]:
    """The files of a tree that are keys or logins of Google Cloud, whatever they are called."""
    return tuple(
        path
        for path, kind, about in tree
        if kind in FILES
        and path.endswith(".json")
        and int(about.partition(" ")[0]) <= _KEY_FILE_AT_MOST
        and _is_key(Path(project, path))
    )


def _is_key(file: Path) -> bool:
    with suppress(OSError, ValueError, RecursionError):
        content = file.read_bytes()
        # Nearly all files are told apart without being understood.
        if b"private_key" in content or b"refresh_token" in content:
            document = json.loads(content)
            return isinstance(document, dict) and (
                "private_key" in document or document.get("type") in _LOGINS
            )
    return False
