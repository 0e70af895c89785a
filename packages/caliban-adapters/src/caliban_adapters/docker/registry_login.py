"""How a person is known to a registry: as the docker command would find out."""

from collections.abc import Callable, Mapping
from warnings import catch_warnings

from caliban_domain.errors import PlatformError
from caliban_domain.repositories import Repository

Login = Mapping[str, str]
"""What the engine passes on to a registry; it is never shown."""


def find_login(repository: Repository, google_token: Callable[[], str | None]) -> Login:
    """Docker's own login for a repository, else Google's for one of theirs, else nobody's.

    Docker's is in its config.json or in the credential helper that is named there. Raises
    PlatformError where that can't be read.
    """
    from docker.auth import load_config
    from docker.errors import DockerException

    try:
        # It warns of a helper that isn't installed, and then fails.
        with catch_warnings(action="ignore", category=UserWarning):
            found: Login | None = load_config().resolve_authconfig(repository.host)
    # A helper's words may hold what it keeps, so that they stay out of ours.
    except (DockerException, KeyError, ValueError, OSError) as error:
        raise PlatformError(
            f"Docker's credentials for {repository.host} can't be read: {type(error).__name__}",
            hint=f"see credHelpers and credsStore in ~/.docker/config.json, "
            f"or log in again: {repository.login_command}",
        ) from error
    if found:
        return found
    token = google_token() if repository.is_google else None
    return {"username": "oauth2accesstoken", "password": token} if token else {}
