"""Which project of Google Cloud a command works in."""

import json
from collections.abc import Mapping
from typing import Final

from caliban_adapters.gcp.credentials import Credentials
from caliban_domain.errors import UsageError
from caliban_domain.projects import project_id

VARIABLE: Final = "PROJECT_ID"

_GCLOUDS: Final = "application_default_credentials.json"


def find_project(
    named: str | None,
    variables: Mapping[str, str],
    configured: str | None,
    credentials: Credentials,
) -> str:
    """The project that the flag, the variable, the project's settings or the credentials name.

    The first of them that names one decides. Raises UsageError where none does.
    """
    known = {
        "--project_id": named,
        f"${VARIABLE}": variables.get(VARIABLE),
        "project_id in .calibanconfig.json": configured,
        "the credentials": _of_credentials(credentials),
    }
    for source, found in known.items():
        if found:
            return project_id(found, source)
    raise UsageError(
        "no project of Google Cloud is named",
        hint="--project_id names one, so does $PROJECT_ID or project_id under gcloud in "
        ".calibanconfig.json; gcloud projects list shows yours",
    )


def _of_credentials(credentials: Credentials) -> str | None:
    places = {
        "project_id": credentials.key,
        "quota_project_id": credentials.gcloud and credentials.gcloud / _GCLOUDS,
    }
    for member, path in places.items():
        if path and path.is_file():
            document = json.loads(path.read_bytes())
            if found := document.get(member):
                return str(found)
    return None
