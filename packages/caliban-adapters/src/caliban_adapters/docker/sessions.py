"""Containers that a person works in: made for one session, gone with it."""

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import IO, Final

from caliban_adapters.docker.containers import ContainerSettings, Mount, client_options
from caliban_adapters.docker.dockerfile import WORKDIR
from caliban_adapters.docker.engine import NotThere, connect, engine_errors
from caliban_adapters.docker.passwd import Introductions
from caliban_adapters.docker.process import Command, run
from caliban_adapters.docker.session_owner import (
    OWNER_LABEL,
    SESSION_LABEL,
    owner,
    remove_orphans,
)
from caliban_domain.errors import PlatformError, SubmissionRejected
from caliban_domain.images import ImageRef

_PLAIN: Final = r"\w[\w.-]*"
_SIZE: Final = ("COLUMNS", "LINES")
_TAKEN: Final = "(already allocated|already in use)"
_GRACE_SECONDS: Final = 5
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The client's own keys for leaving a container begin with ^P, which shells need.
_DETACH_KEYS: Final = "ctrl-@,ctrl-^,ctrl-@"


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """What a session's container is made of; ``kind`` says what for, such as ``shell``.

    ``secrets`` are variables whose values the container sees and no command line shows.
    ``port`` is published on this machine alone, under the same number. ``owner`` is the process
    that ends it.
    """

    kind: str
    image: ImageRef
    settings: ContainerSettings
    interactive: bool = False
    terminal: bool = False
    port: int | None = None
    owner: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)


def create_command(session: Session, name: str) -> Command:
    """The command that creates the container of a session, and prints its id."""
    first, *rest = session.settings.command
    port = session.port
    argv = (
        *("docker", "create", "--init", "--name", name),
        *("--label", f"{SESSION_LABEL}={session.kind}"),
        *(("--label", f"{OWNER_LABEL}={session.owner}") if session.owner else ()),
        *("--workdir", WORKDIR),
        *(("--interactive",) if session.interactive else ()),
        *(("--publish", f"127.0.0.1:{port}:{port}") if port else ()),
        *(word for variable in session.secrets for word in ("--env", variable)),
        *client_options(_for_terminal(session.settings) if session.terminal else session.settings),
        # Behind the person's own: the client would wait for ever for a terminal that isn't there.
        f"--tty={str(session.terminal).lower()}",
        *("--entrypoint", first),
        session.image.reference,
        *rest,
    )
    return Command(argv, env={**session.settings.secrets, **session.secrets})


def with_folders(
    settings: ContainerSettings, project: Path, *, home: Path | None, user: str
) -> ContainerSettings:
    """The settings with the project at the working directory, and the home as the user's home.

    A home that is none, as daemons have, is left out. The user's name need not be fit for a path.
    """
    mounts = [Mount(source=str(project), target=WORKDIR)]
    variables = dict(settings.environment)
    if home and home.is_dir() and home != Path(home.anchor):
        variables["HOME"] = f"/home/{user if re.fullmatch(_PLAIN, user) else 'caliban'}"
        mounts.append(Mount(source=str(home), target=variables["HOME"]))
    return replace(settings, mounts=(*mounts, *settings.mounts), environment=variables)


def _for_terminal(settings: ContainerSettings) -> ContainerSettings:
    """A terminal tells its size itself, and again whenever that changes."""
    kept = {name: text for name, text in settings.environment.items() if name not in _SIZE}
    return replace(settings, environment=kept)


class Container:
    """A session's container, which was created under a name of its own."""

    def __init__(self, name: str, port: int | None = None) -> None:
        self.name = name
        self._port = port
        self._client: subprocess.Popen[bytes] | None = None

    def converse(self) -> int:
        """Start it on this process's terminal or pipes, and stay until its command ends.

        Interrupts are the command's business. Returns its exit code. Raises SubmissionRejected
        where it can't be started.
        """
        start = ("docker", "start", "--attach", "--interactive", "--detach-keys", _DETACH_KEYS)
        before = signal.signal(signal.SIGINT, _leave_it)
        try:
            self._client = subprocess.Popen([*start, self.name])
            self._client.wait()
        finally:
            signal.signal(signal.SIGINT, before)
        return self._exit_code()

    def begin(self, output: IO[str]) -> bool:
        """Start it, and pass on to ``output`` what it writes. Raises PlatformError.

        False where another program has taken its port.
        """
        try:
            with connect() as engine, engine_errors():
                engine.start(self.name)
        except PlatformError as error:
            if re.search(rf"127\.0\.0\.1:{self._port}\b.*{_TAKEN}", error.message):
                return False
            raise
        # In a session of its own, so that an interrupt leaves it its last words.
        self._client = subprocess.Popen(
            ("docker", "logs", "--follow", self.name),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        return True

    @property
    def is_over(self) -> bool:
        """Whether what was begun has ended."""
        return self._client is not None and self._client.poll() is not None

    def finish(self) -> int:
        """Wait until what was begun has ended. Returns its exit code."""
        with connect() as engine, engine_errors():
            engine.wait(self.name)
        self._hear_out()
        return self._exit_code()

    def stop(self) -> None:
        """Ask its command to end, and end it where it doesn't."""
        with suppress(NotThere), connect() as engine, engine_errors():
            engine.stop(self.name, timeout=_GRACE_SECONDS)
        self._hear_out()

    def remove(self) -> None:
        """End it at once, and leave nothing of it."""
        with suppress(NotThere), connect() as engine, engine_errors():
            engine.remove_container(self.name, v=True, force=True)
        self._hear_out()

    def _hear_out(self) -> None:
        """What it wrote last can't be had any more once it is removed."""
        if self._client is not None:
            self._client.wait()

    def _exit_code(self) -> int:
        with connect() as engine, engine_errors():
            state = engine.inspect_container(self.name)["State"]
        if state["Error"] or state["Status"] == "created":
            reason = state["Error"] or "the engine doesn't say why"
            raise SubmissionRejected(f"the container couldn't be started: {reason}")
        return int(state["ExitCode"])


@contextmanager
def created(session: Session) -> Iterator[Container]:
    """The container of a session, to be started. It is removed in the end, however that comes.

    Raises SubmissionRejected where the engine doesn't create it.
    """
    container = Container(f"caliban-{session.kind}-{token_hex(4)}", session.port)
    with _endings_as_interrupts():
        try:
            with connect() as engine:
                remove_orphans(engine)
            finished = run(create_command(replace(session, owner=owner()), container.name))
            if finished.exit_code:
                raise _refused(finished.stderr)
            with connect() as engine:
                introductions = Introductions(session.settings)
                introductions.introduce(engine, container.name, session.image.reference)
            yield container
        finally:
            for number in _ENDINGS:
                signal.signal(number, signal.SIG_IGN)
            container.remove()


def _refused(complaint: str) -> SubmissionRejected:
    reason = next(iter(complaint.strip().splitlines()), "the docker client doesn't say why")
    return SubmissionRejected(
        f"docker create refused: {reason.removeprefix('Error response from daemon: ')}",
        hint="--docker_run_args takes what docker run takes; docker run --help lists it",
    )


@contextmanager
def _endings_as_interrupts() -> Iterator[None]:
    """Take a closed terminal, and being told to end, for an interrupt, however often it comes."""
    before = {number: signal.getsignal(number) for number in _ENDINGS}

    def listen() -> None:
        for number in _ENDINGS:
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, interrupt)

    def interrupt(number: int, frame: FrameType | None) -> None:
        """Raise what was to be raised before, which may ask not to be told again."""
        known = before[signal.Signals(number)]
        try:
            (known if callable(known) else signal.default_int_handler)(number, frame)
        finally:
            listen()

    listen()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_it(_number: int, _frame: FrameType | None) -> None:
    """Do nothing. Unlike an ignored signal, that isn't handed down to programs."""
