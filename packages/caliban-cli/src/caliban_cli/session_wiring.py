"""The composition root of shells and notebooks: which adapter serves them. See ``wiring``."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from caliban_cli.environment import Environment
from caliban_cli.wiring import Say
from caliban_domain.images import ImageRef

if TYPE_CHECKING:
    from caliban_adapters.docker.containers import ContainerSettings
    from caliban_adapters.docker.sessions import Container
    from caliban_adapters.jupyter.server import Server


def with_folders(
    settings: "ContainerSettings", environment: Environment, *, home: bool
) -> "ContainerSettings":
    """The settings with the project directory live in the container, and the home if wanted."""
    from caliban_adapters.docker.sessions import with_folders as mounted

    mounted_home = environment.home if home else None
    return mounted(settings, environment.cwd, home=mounted_home, user=environment.user)


def shell(
    image: ImageRef, settings: "ContainerSettings", *, terminal: bool
) -> AbstractContextManager["Container"]:
    """The container of a shell, to be started. Raises SubmissionRejected."""
    from caliban_adapters.docker.sessions import Session, created

    session = Session(
        kind="shell", image=image, settings=settings, interactive=True, terminal=terminal
    )
    return created(session)


def shell_command(shell: str, *, otherwise: str) -> tuple[str, ...]:
    """The command that becomes this shell in a container, or else the other."""
    from caliban_adapters.docker.shell import shell_command as command

    return command(shell, otherwise=otherwise)


def jupyter_package(*, lab: bool, version: str | None) -> str:
    """What an image needs for Jupyter. Raises UsageError for a version that can't be one."""
    from caliban_adapters.jupyter.server import package

    return package(lab=lab, version=version)


def free_port(wanted: int | None, taken: int | None = None) -> int:
    """The port that is wanted, or else the first free one, behind one that turned out to be taken.

    Raises UsageError where there is none.
    """
    from caliban_adapters.jupyter.answering import free_port as find

    return find(wanted, taken)


def jupyter_server(*, lab: bool, port: int) -> "Server":
    """A Jupyter server with a token that nobody can guess."""
    from secrets import token_hex

    from caliban_adapters.jupyter.server import Server

    return Server(lab=lab, port=port, token=token_hex(24))


def jupyter(
    server: "Server", image: ImageRef, settings: "ContainerSettings"
) -> AbstractContextManager["Container"]:
    """The container of a Jupyter server, to be started. Raises SubmissionRejected."""
    from caliban_adapters.docker.sessions import Session, created

    session = Session(
        kind="notebook",
        image=image,
        settings=replace(settings, command=server.command),
        port=server.port,
        secrets=server.environment,
    )
    return created(session)


@contextmanager
def begun_jupyter(
    image: ImageRef, settings: "ContainerSettings", *, lab: bool, port: int | None, output: IO[str]
) -> Iterator[tuple["Server", "Container"]]:
    """A Jupyter server that was started, and its container, on the port that ``free_port`` finds.

    Raises UsageError where there is none, SubmissionRejected, PlatformError.
    """
    found = None
    while True:
        found = free_port(port, found)
        server = jupyter_server(lab=lab, port=found)
        with jupyter(server, image, settings) as container:
            if container.begin(output):
                yield server, container
                return


def await_jupyter(server: "Server", container: "Container", say: Say) -> None:
    """Wait until the server answers. Raises PlatformError if it doesn't, in the end."""
    from caliban_adapters.jupyter.answering import await_answer

    await_answer(server, is_over=lambda: container.is_over, say=say)
