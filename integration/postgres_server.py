"""A PostgreSQL server of our own: in a temporary directory, and gone after its use."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PASSWORD = "acorn@forest/%41"  # noqa: S105  of a server that lives for a test
"""Of every user, over TCP; as awkward in a URL as a password can be."""

_DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
max_connections = 60
"""
_WHO_MAY_CONNECT = """
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def programs() -> Path | None:
    """The directory of PostgreSQL's programs; None where it isn't installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path.parent for path in _DEBIAN.glob("*/bin/initdb")]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """A running server; ``caliban`` is its superuser."""

    programs: Path
    folder: Path
    port: int

    def url(self, database: str, user: str = "caliban") -> str:
        """How to reach a database, as people write it."""
        where = f"127.0.0.1:{self.port}/{database}"
        return f"postgresql://{user}:{quote(PASSWORD, safe='')}@{where}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database, empty or a copy of another, and return its URL."""
        self.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        self.sql(f'DROP DATABASE "{database}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for a statement, run by the superuser."""
        words = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        return self._run("psql", *words, *self._to, f"--dbname={database}", "-c", statement)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder}"
        log = str(self.folder / "log")
        self._control("start", "--wait", "--silent", "--log", log, "--options", options)

    def stop(self) -> None:
        """End it as a machine that loses power would."""
        self._control("stop", "--mode=immediate")

    @property
    def is_stopped(self) -> bool:
        return not (self.folder / "data/postmaster.pid").exists()

    def make(self) -> None:
        """Make the cluster, in a folder that exists."""
        data = self.folder / "data"
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        words = ("--username=caliban", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C")
        self._run("initdb", *words, "--no-sync", f"--pgdata={data}")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
        (data / "pg_hba.conf").write_text(_WHO_MAY_CONNECT)

    @property
    def _to(self) -> tuple[str, ...]:
        return (f"--host={self.folder}", f"--port={self.port}", "--username=caliban")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", *words, f"--pgdata={self.folder / 'data'}")

    def _run(self, program: str, *words: str) -> str:
        nobody = _ordinary()
        finished = subprocess.run(
            [self.programs / program, *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=nobody,
            group=nobody,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout.strip()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server that lasts as long as the context; ``programs`` must have found one."""
    found = programs()
    assert found is not None
    # The path of a socket may have 107 characters, fewer than a test's own directory takes.
    with tempfile.TemporaryDirectory(prefix="caliban-postgres-") as folder:
        server = PostgresServer(programs=found, folder=Path(folder), port=_free_port())
        if nobody := _ordinary():
            shutil.chown(folder, nobody, nobody)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _ordinary() -> int | None:
    """As whom to run its programs, which refuse root; None for oneself."""
    return 65534 if os.getuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
