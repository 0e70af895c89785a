"""The composition root: which adapter serves which port. It has parts; nothing else names adapters.

Each import stands inside of its function, so that a command loads only the libraries it uses.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from caliban_cli.environment import Environment
from caliban_cli.project_directory import read_config
from caliban_cli.say import say as tell
from caliban_domain import mlflow
from caliban_domain.images import ImageSpec
from caliban_domain.jobs import PlatformName
from caliban_domain.ports import History, Images, Platform
from caliban_domain.provenance import Provenance

if TYPE_CHECKING:
    from caliban_adapters.docker.containers import ContainerSettings
    from caliban_adapters.gcp.credentials import Credentials

DEFAULT_GRACE: Final = 10
"""The seconds that a stopped job has to end by itself."""

Say = Callable[[str], None]

HISTORY_VARIABLE: Final = "CALIBAN_DB_URL"
"""The variable with the URL of a history elsewhere: in a database that a team shares."""


def images(
    environment: Environment, *, use_cache: bool, say: Say, credentials: "Credentials"
) -> Images:
    """The engine's images, without the credentials; ``say`` is told how building goes on."""
    from caliban_adapters.docker.images import DockerImages, Secrets
    from caliban_adapters.git.revision import revision

    netrc = _netrc(environment)
    files = {"google": credentials.default, "netrc": netrc}
    readable = {name: file for name, file in files.items() if file and file.is_file()}
    return DockerImages(
        cache_dir=environment.cache_directory,
        use_cache=use_cache,
        say=say,
        revision=revision,
        secrets=Secrets(withheld=(*credentials.paths, netrc), readable=readable),
    )


def require_in_image(spec: ImageSpec, file: str) -> None:
    """Raises UsageError for a file of the project that stays out of the image."""
    from caliban_adapters.docker.context import require_in_context

    require_in_context(spec, file)


def build_base(name: str, *, upon: str | None, use_cache: bool, say: Say) -> str:
    """Build one of Caliban's base images. Returns its tag. Raises UsageError, ImageBuildFailed."""
    from caliban_adapters.docker.base_images import build_base as build

    return build(name, upon=upon, use_cache=use_cache, say=say)


def provenance(command: tuple[str, ...], project: Path | None) -> Provenance:
    """Where jobs that execute the command come from: made of the project, or of a given image."""
    from importlib.metadata import version

    from caliban_adapters.git.revision import revision

    return Provenance(
        version=version("caliban-cli"),
        command=command,
        revision=revision(str(project)) if project else None,
    )


def checked_out(directory: str, commit: str) -> AbstractContextManager[Path]:
    """A folder that holds a project as it was at a commit. Raises UsageError."""
    from caliban_adapters.git.checkout import checked_out as check_out

    return check_out(directory, commit)


@contextmanager
def local_platform(
    environment: Environment,
    settings: "ContainerSettings | None" = None,
    *,
    grace: int = DEFAULT_GRACE,
) -> Iterator[Platform]:
    """Containers on this machine; without settings, only those that exist already.

    One that is stopped is killed after ``grace`` seconds.
    """
    from caliban_adapters.docker.containers import ContainerSettings
    from caliban_adapters.docker.local import LocalDocker, Stopping

    logs = environment.state_directory / "logs"
    with LocalDocker(
        settings or ContainerSettings(environment={}),
        logs=logs,
        host=environment.host,
        stopping=Stopping(by=environment.user, grace=grace),
    ) as platform:
        yield platform


def container_settings(
    environment: Environment,
    command: tuple[str, ...],
    credentials: "Credentials",
    *,
    gpus: bool,
    run_args: tuple[str, ...],
) -> "ContainerSettings":
    """What the containers of one ``caliban run`` have in common. Raises UsageError."""
    from caliban_adapters.docker.containers import ContainerSettings, Mount
    from caliban_adapters.docker.gpus import VISIBLE
    from caliban_adapters.docker.run_arguments import checked_run_args

    return ContainerSettings(
        command=command,
        user=f"{environment.uid}:{environment.gid}",
        environment={**_container_environment(environment), **credentials.environment},
        mounts=tuple(
            Mount(source=str(path), target=target, read_only=True)
            for target, path in credentials.mounts.items()
        ),
        gpus=gpus,
        visible_gpus=environment.variables.get(VISIBLE),
        run_args=checked_run_args(run_args),
        tracking_secrets=mlflow.secrets(environment.variables),
    )


def credentials(
    environment: Environment, cloud_key: str | None, configured_key: str | None
) -> "Credentials":
    """Google Cloud's credentials on this machine. Raises UsageError for a key that is none."""
    from caliban_adapters.gcp.credentials import Places, find_credentials

    places = Places(
        variables=environment.variables, home=environment.home, directory=environment.cwd
    )
    if configured_key is None:
        return find_credentials(cloud_key, places)
    place = read_config(environment).places["cloud_key"]
    return find_credentials(cloud_key, places, configured_key=configured_key, configured_at=place)


@contextmanager
def platforms(
    environment: Environment, *, grace: int = DEFAULT_GRACE
) -> Iterator[Callable[[PlatformName], Platform]]:
    """Finds the platforms of jobs that were submitted earlier."""
    with ExitStack() as opened:

        @cache
        def find(name: PlatformName) -> Platform:
            if name is PlatformName.LOCAL:
                return opened.enter_context(local_platform(environment, grace=grace))
            if name is PlatformName.VERTEX:
                from caliban_cli.remote_wiring import known_vertex

                return opened.enter_context(known_vertex(environment))
            from caliban_cli.cluster_wiring import kubernetes

            return opened.enter_context(kubernetes(environment))

        yield find


def require_gpus() -> None:
    """Raises UsageError where the engine has no GPUs to offer."""
    from caliban_adapters.docker.gpus import require_gpus as require

    require()


def require_devices(environment: Environment, needed: int) -> None:
    """Raises UsageError where there aren't so many GPUs that jobs can have for themselves."""
    from caliban_adapters.docker.gpus import VISIBLE, devices

    devices(environment.variables.get(VISIBLE), needed=needed)


@contextmanager
def history(environment: Environment) -> Iterator[History]:
    """The history, made if there is none yet. Raises HistoryUnavailable, or UsageError."""
    from caliban_adapters.sql.history import open_history

    with open_history(_history_place(environment), tell) as opened:
        yield opened


@contextmanager
def existing_history(environment: Environment) -> Iterator[History | None]:
    """The history, or None where nothing was ever recorded. Raises as ``history`` does."""
    place = _history_place(environment)
    if isinstance(place, Path) and _is_missing(place):
        yield None
        return
    from caliban_adapters.sql.history import existing_history as find

    opened = find(place, tell)
    if opened is None:
        yield None
        return
    with opened:
        yield opened


def _history_place(environment: Environment) -> Path | str:
    url = environment.variables.get(HISTORY_VARIABLE)
    return url or environment.state_directory / "history.db"


def _is_missing(place: Path) -> bool:
    """Whether nothing is there; what can't be looked at may be, and the history tells why not."""
    try:
        place.stat()
    except OSError as error:
        return isinstance(error, FileNotFoundError | NotADirectoryError)
    return False


def _netrc(environment: Environment) -> Path:
    """Where curl, git and uv look for the names and passwords of private servers."""
    written = environment.variables.get("NETRC")
    return environment.cwd / written if written else environment.home / ".netrc"


def _container_environment(environment: Environment) -> dict[str, str]:
    """What a script finds in its environment: unbuffered output, and the size of the terminal."""
    from shutil import get_terminal_size

    size = get_terminal_size()
    return {
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": str(size.columns),
        "LINES": str(size.lines),
        "USER": environment.user,
        "LOGNAME": environment.user,
    }
