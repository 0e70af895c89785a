"""Jobs as containers: how one is created, and what the state of one says about its job."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from caliban_adapters.docker.commands import csv_line
from caliban_domain.errors import UsageError
from caliban_domain.jobs import JobSpec, JobStatus, Outcome

JOB_LABEL: Final = "io.caliban.job"

_OURS: Final = frozenset({"--name", "--rm", "-d", "--detach", "--entrypoint", "--cidfile"})
_SIGNALLED: Final = 128
_OUT_OF_MEMORY: Final = "it ran out of memory"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A file or directory of this machine, as a container sees it."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSettings:
    """What all containers of one command have in common.

    ``user`` is ``uid:gid``; ``environment`` holds values that may be shown; ``run_args`` are
    further arguments of ``docker run``, which win over everything else here.
    """

    command: tuple[str, ...] = ()
    user: str | None = None
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...] = ()
    gpus: bool = False
    run_args: tuple[str, ...] = ()


def checked_run_args(run_args: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, if none takes a container out of Caliban's hands. Raises UsageError."""
    for argument in run_args:
        if argument.partition("=")[0] in _OURS:
            raise UsageError(
                f"--docker_run_args holds {argument}, which caliban sets itself",
                hint="leave it out; containers are named, detached and removed for you",
            )
    return run_args


def create_body(spec: JobSpec, settings: ContainerSettings) -> dict[str, Any]:
    """The request that creates a job's container (Docker Engine API 1.41, ContainerCreate)."""
    command = _command(spec)
    host: dict[str, Any] = {"Init": True}
    if settings.mounts:
        host["Mounts"] = [
            {"Type": "bind", "Source": it.source, "Target": it.target, "ReadOnly": it.read_only}
            for it in settings.mounts
        ]
    if settings.gpus:
        host["DeviceRequests"] = [{"Driver": "", "Count": -1, "Capabilities": [["gpu"]]}]
    body = {
        "Image": spec.image.reference,
        "Entrypoint": command[:1],
        "Cmd": command[1:],
        "Env": _environment(settings),
        "Labels": {JOB_LABEL: spec.name},
        "HostConfig": host,
    }
    return body | ({"User": settings.user} if settings.user else {})


def create_argv(spec: JobSpec, settings: ContainerSettings) -> tuple[str, ...]:
    """The same as a command of the docker client, which knows what every ``run_args`` means."""
    command = _command(spec)
    return (
        "docker",
        "create",
        "--init",
        *("--name", spec.name),
        *("--label", f"{JOB_LABEL}={spec.name}"),
        *client_options(settings),
        *("--entrypoint", command[0]),
        spec.image.reference,
        *command[1:],
    )


def client_options(settings: ContainerSettings) -> tuple[str, ...]:
    """The settings as the docker client takes them; the person's own come last, and win."""
    return (
        *(("--user", settings.user) if settings.user else ()),
        *(word for setting in _environment(settings) for word in ("--env", setting)),
        *(word for mount in settings.mounts for word in ("--mount", _mount_option(mount))),
        *(("--gpus", "all") if settings.gpus else ()),
        *settings.run_args,
    )


def outcome_of(inspected: Mapping[str, Any], handle: str) -> Outcome:
    """What an inspected container says about its job, which the platform knows by ``handle``.

    A container that was created and never started leaves its job PLANNED.
    """
    state = inspected["State"]
    match state["Status"]:
        case "created":
            return Outcome(status=JobStatus.PLANNED, handle=handle)
        case "exited" | "dead":
            return Outcome(
                status=JobStatus.FAILED if state["ExitCode"] else JobStatus.SUCCEEDED,
                exit_code=state["ExitCode"],
                started_at=_utc(state["StartedAt"]),
                ended_at=_utc(state["FinishedAt"]),
                handle=handle,
                reason=_reason(state),
            )
        case _:
            return Outcome(
                status=JobStatus.RUNNING, started_at=_utc(state["StartedAt"]), handle=handle
            )


def _command(spec: JobSpec) -> list[str]:
    return cast("list[str]", spec.payload["command"])


def _environment(settings: ContainerSettings) -> list[str]:
    return [f"{name}={value}" for name, value in settings.environment.items()]


def _mount_option(mount: Mount) -> str:
    read_only = ("readonly",) if mount.read_only else ()
    return csv_line("type=bind", f"source={mount.source}", f"target={mount.target}", *read_only)


def _reason(state: Mapping[str, Any]) -> str | None:
    if state.get("OOMKilled"):
        return _OUT_OF_MEMORY
    if state.get("Error"):
        return str(state["Error"])
    if state["ExitCode"] > _SIGNALLED:
        return _killed_by(state["ExitCode"] - _SIGNALLED)
    return None


def _killed_by(number: int) -> str | None:
    try:
        return f"it was ended by {signal.Signals(number).name}"
    except ValueError:
        return None


def _utc(timestamp: str) -> datetime | None:
    """The engine's RFC 3339 time, which has up to nine digits of fraction, to the second.

    None for what never happened, which the engine puts in the year 1.
    """
    if timestamp.startswith("0001-"):
        return None
    return datetime.fromisoformat(timestamp[:19]).replace(tzinfo=UTC)
