"""Google Cloud's credentials on this machine, and how a container finds them.

A key is searched where Google's libraries do
(https://cloud.google.com/docs/authentication/application-default-credentials), after the one that
a person names. Containers see the files themselves, at ``SECRETS``; no image ever holds one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caliban_domain.errors import UsageError

SECRETS: Final = "/run/secrets/caliban"
KEY_VARIABLE: Final = "GOOGLE_APPLICATION_CREDENTIALS"

_KEY: Final = f"{SECRETS}/key.json"
_GCLOUD: Final = f"{SECRETS}/gcloud"
_GCLOUD_VARIABLE: Final = "CLOUDSDK_CONFIG"
# Without it, gcloud would rather use the account of its own configuration than the key.
_GCLOUD_KEY_VARIABLE: Final = "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A key, gcloud's configuration with the application default credentials in it, or neither."""

    key: Path | None = None
    gcloud: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files and directories that hold secrets."""
        return tuple(path for path in (self.key, self.gcloud) if path)

    @property
    def default(self) -> Path | None:
        """The file that Google's libraries take for the default credentials, if there is one."""
        if self.key or not self.gcloud:
            return self.key
        file = self.gcloud / "application_default_credentials.json"
        return file if file.is_file() else None

    @property
    def mounts(self) -> Mapping[str, Path]:
        """Where a container is to see each of them."""
        found = {_KEY: self.key, _GCLOUD: self.gcloud}
        return {target: path for target, path in found.items() if path}

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells Google's libraries and tools in a container where to look."""
        key = {KEY_VARIABLE: _KEY, _GCLOUD_KEY_VARIABLE: _KEY} if self.key else {}
        return key | ({_GCLOUD_VARIABLE: _GCLOUD} if self.gcloud else {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where to look: the caller's variables and home, and the directory that paths begin at."""

    variables: Mapping[str, str]
    home: Path
    directory: Path

    def path(self, written: str) -> Path:
        """The path as a shell would read it, absolute."""
        if written == "~" or written.startswith("~/"):
            return self.home / written[2:]
        return self.directory / written


def find_credentials(
    cloud_key: str | None,
    places: Places,
    *,
    configured_key: str | None = None,
    configured_at: str = ".calibanconfig.json",
) -> Credentials:
    """The credentials that there are: a key that is named is one, or it raises UsageError.

    ``cloud_key`` is the person's choice; then come the variable and the settings, in which the key
    stands at ``configured_at``.
    """
    named = {
        "--cloud_key": cloud_key,
        f"${KEY_VARIABLE}": places.variables.get(KEY_VARIABLE) or None,
        f"{configured_at}: key 'gcloud.cloud_key'": configured_key,
    }
    keys = (_checked(places.path(path), named=by) for by, path in named.items() if path is not None)
    written = places.variables.get(_GCLOUD_VARIABLE)
    gcloud = places.path(written) if written else places.home / ".config/gcloud"
    return Credentials(key=next(keys, None), gcloud=gcloud if gcloud.is_dir() else None)


def _checked(path: Path, *, named: str) -> Path:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise _no_key(path, named, "it is not a file")  # and may never end
        document = json.loads(path.read_bytes())
    except OSError as error:
        # The system's words, such as "No such file or directory" and "Is a directory".
        raise _no_key(path, named, str(error.strerror).lower()) from error
    except ValueError as error:
        raise _no_key(path, named, "it is not JSON") from error
    if not (isinstance(document, dict) and isinstance(document.get("type"), str)):
        raise _no_key(path, named, 'it is JSON without a "type"')
    return path


def _no_key(path: Path, named: str, reason: str) -> UsageError:
    return UsageError(
        f"{named} names {path}, which can't be used as a key: {reason}",
        hint="a key is the JSON file that Google Cloud made for a service account; --cloud_key "
        f"names one, before ${KEY_VARIABLE}",
    )
