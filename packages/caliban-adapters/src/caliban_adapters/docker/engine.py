"""The Docker engine, spoken to through its own library: connecting, and what its errors mean."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from caliban_domain.errors import PlatformError, PlatformUnavailable

if TYPE_CHECKING:
    from docker import APIClient

_CONFLICT: Final = 409
_log = logging.getLogger(__name__)

HOW_TO_START: Final = (
    "install Docker and start it (on Linux: sudo systemctl start docker), "
    "or point $DOCKER_HOST at an engine"
)


def connect() -> "APIClient":
    """A client of the engine that the docker command would use. Raises PlatformUnavailable."""
    from docker import APIClient
    from docker.constants import DEFAULT_UNIX_SOCKET
    from docker.context import ContextAPI
    from docker.tls import TLSConfig
    from docker.utils import kwargs_from_env

    with engine_errors():
        settings = kwargs_from_env()
        if "base_url" not in settings and not os.environ.get("DOCKER_HOST"):
            context = ContextAPI.get_current_context()
            tls: TLSConfig | None = context.TLSConfig
            settings = {"base_url": context.Host or DEFAULT_UNIX_SOCKET}
            if tls is not None:
                settings["tls"] = tls
        client = APIClient(version="auto", **settings)
    _log.debug("connected to the engine at %s, API %s", client.base_url, client.api_version)
    return client


class NotThere(Exception):
    """The engine knows no container or image of that name. What that means, the caller knows."""


class Conflict(Exception):
    """The name is taken, or the container is busy with what was asked for already."""


@contextmanager
def engine_errors() -> Iterator[None]:
    """Raise the domain's errors, and the two above, for those of the docker library."""
    from docker.errors import APIError, DockerException, NotFound
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except NotFound as error:
        raise NotThere(error.explanation) from error
    except APIError as error:
        if error.status_code == _CONFLICT:
            raise Conflict(error.explanation) from error
        raise PlatformError(f"the Docker engine refused: {error.explanation or error}") from error
    except (DockerException, RequestException, HTTPError) as error:
        raise PlatformUnavailable("no Docker engine answers", hint=HOW_TO_START) from error
