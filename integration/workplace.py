"""A project and a home of its own, the real engine, and caliban as a person starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BASE_IMAGE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
_PATIENCE = 300


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str

    def expect(self, exit_code: int) -> "Finished":
        """Itself, if it ended with this code."""
        assert self.exit_code == exit_code, f"{self.exit_code}\n{self.stdout}\n{self.stderr}"
        return self


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """A project directory and a home of its own, so that no test sees another's history."""

    project: Path
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.home / ".local/state/caliban"

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def start(self, *words: str, **settings: Any) -> "subprocess.Popen[str]":
        """Begin a caliban command without waiting for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "caliban_cli.main", *words],
            cwd=self.project,
            env={**self._environment(), **settings.pop("env", {})},
            stdin=settings.pop("stdin", subprocess.DEVNULL),
            stdout=settings.pop("stdout", subprocess.PIPE),
            stderr=settings.pop("stderr", subprocess.PIPE),
            text=True,
            **settings,
        )

    def caliban(
        self, *words: str, stdin: str | None = None, env: Mapping[str, str] | None = None
    ) -> Finished:
        """Run a caliban command to its end."""
        process = self.start(*words, stdin=subprocess.PIPE, env=dict(env or {}))
        with process:
            stdout, stderr = process.communicate(stdin, timeout=_PATIENCE)
        return Finished(exit_code=process.returncode, stdout=stdout, stderr=stderr)

    def bash(self, line: str) -> Finished:
        """Run a line of bash that knows ``caliban``."""
        known = f'caliban() {{ "{sys.executable}" -m caliban_cli.main "$@"; }}\n'
        finished = subprocess.run(
            ["bash", "-c", known + line],
            cwd=self.project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        return Finished(
            exit_code=finished.returncode, stdout=finished.stdout, stderr=finished.stderr
        )

    def jobs(self, *words: str, env: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """What ``caliban status`` tells of all jobs."""
        finished = self.caliban("status", "--format", "json", "--max_jobs", "0", *words, env=env)
        jobs: list[dict[str, Any]] = json.loads(finished.expect(0).stdout)["jobs"]
        return jobs

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        mine = {"HOME": str(self.home), "CALIBAN_BASE_IMAGE": BASE_IMAGE, "COLUMNS": "100"}
        return kept | mine | dict(self.environment)


def docker(*words: str) -> str:
    """What a docker command prints."""
    finished = subprocess.run(["docker", *words], capture_output=True, text=True, check=True)
    return finished.stdout


def containers_of(group: str) -> list[str]:
    """The names of all containers of a group's jobs, running or not."""
    return docker("ps", "--all", "--format", "{{.Names}}", "--filter", f"name=^{group}-").split()


def await_ends(group: str) -> None:
    """Wait until no container of a group's jobs runs; some may be on their way out already."""
    subprocess.run(["docker", "wait", *containers_of(group)], capture_output=True, check=False)
