"""Jobs as containers: how one is created, and what the state of one says about its job."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from caliban_adapters.docker.commands import csv_line
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from caliban_domain.memory import out_of_memory
from caliban_domain.mlflow import URI_VARIABLE, Tracking, named

JOB_LABEL: Final = "io.caliban.job"
GPUS_LABEL: Final = "io.caliban.gpus"
JOINED: Final = "container:"
"""Before an id, the network mode of a container that uses the network of another."""

_SIGNALLED: Final = 128
_NANO: Final = 10**9
_LOGGER: Final = "json-file"
_LOGGED: Final = {"max-size": "32m", "max-file": "2"}
"""How much the engine keeps of what a container writes, until Caliban has kept it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A file or directory of this machine, as a container sees it."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSettings:
    """What all containers of one command have in common.

    ``user`` is ``uid:gid``; ``environment`` holds values that may be shown; ``memory`` is how many
    bytes each may use, ``cpus`` how much of the processors' time. With ``gpus`` each sees all of
    them, or only so many, chosen from the ``visible_gpus``, as ``gpus_per_job`` says. ``run_args``
    are further arguments of ``docker run``, which win over everything else here. ``tracking`` is
    that of jobs; the values of ``tracking_secrets`` are seen only by containers that know of a
    tracking server, and on no command line.
    """

    command: tuple[str, ...] = ()
    user: str | None = None
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...] = ()
    gpus: bool = False
    gpus_per_job: int | None = None
    visible_gpus: str | None = None
    memory: int | None = None
    cpus: float | None = None
    run_args: tuple[str, ...] = ()
    tracking: Tracking | None = None
    tracking_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> Mapping[str, str]:
        """The variables whose values no command line shows."""
        return self.tracking_secrets if URI_VARIABLE in self.environment else {}

    @property
    def wants_gpus(self) -> bool:
        """Whether it is for Caliban to ask for GPUs, and not for the person's own arguments."""
        return self.gpus and not self.says("--gpus")

    def says(self, *flags: str) -> bool:
        """Whether the person's own arguments hold one of these flags."""
        return any(word.partition("=")[0] in flags for word in self.run_args)

    def payload(self, experiment: Experiment) -> dict[str, object]:
        """All that is recorded of a job to create its container, now and on another day."""
        limits = {"memory": self.memory, "cpus": self.cpus, "gpus_per_job": self.gpus_per_job}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        tracked = {"environment": self.tracking.environment(experiment)} if self.tracking else {}
        return {"command": [*self.command, *experiment.argv], **given, **tracked}


def gpus_wanted(spec: JobSpec, settings: ContainerSettings) -> int:
    """How many GPUs the job is to have for itself; 0 if it sees all that there are, or none."""
    return cast("int", spec.payload.get("gpus_per_job", 0)) if settings.wants_gpus else 0


def job_settings(spec: JobSpec, settings: ContainerSettings) -> ContainerSettings:
    """The settings of a job's own container."""
    planned = cast("Mapping[str, str]", spec.payload.get("environment", {}))
    return replace(settings, environment={**settings.environment, **named(planned, spec.name)})


def create_body(
    spec: JobSpec,
    settings: ContainerSettings,
    *,
    devices: Sequence[str] = (),
    network: str | None = None,
) -> dict[str, Any]:
    """The request that creates a job's container (Docker Engine API 1.41, ContainerCreate).

    Of the GPUs it sees the ``devices``, if any are given. It uses the ``network`` of the container
    of that id, or one of its own.
    """
    command = _command(spec)
    settings = job_settings(spec, settings)
    host: dict[str, Any] = {
        "Init": True,
        "LogConfig": {"Type": _LOGGER, "Config": _LOGGED},
        **_limits(spec),
    }
    if network:
        host["NetworkMode"] = f"{JOINED}{network}"
    if settings.mounts:
        host["Mounts"] = [
            {"Type": "bind", "Source": it.source, "Target": it.target, "ReadOnly": it.read_only}
            for it in settings.mounts
        ]
    if settings.wants_gpus:
        which = {"DeviceIDs": [*devices]} if devices else {"Count": -1}
        host["DeviceRequests"] = [{"Driver": "", **which, "Capabilities": [["gpu"]]}]
    body = {
        "Image": spec.image.reference,
        "Entrypoint": command[:1],
        "Cmd": command[1:],
        "Env": _environment({**settings.environment, **settings.secrets}),
        "Labels": _labels(spec, devices),
        "HostConfig": host,
    }
    return body | ({"User": settings.user} if settings.user else {})


def create_argv(
    spec: JobSpec, settings: ContainerSettings, *, devices: Sequence[str] = ()
) -> tuple[str, ...]:
    """The same as a command of the docker client, which knows what every ``run_args`` means."""
    command = _command(spec)
    return (
        "docker",
        "create",
        "--init",
        *("--name", spec.name),
        *(word for pair in _labels(spec, devices).items() for word in ("--label", "=".join(pair))),
        *_limit_options(spec),
        *_log_options(settings),
        *client_options(job_settings(spec, settings), devices=devices),
        *("--entrypoint", command[0]),
        spec.image.reference,
        *command[1:],
    )


def client_options(settings: ContainerSettings, *, devices: Sequence[str] = ()) -> tuple[str, ...]:
    """The settings as the docker client takes them; the person's own come last, and win.

    It reads the secrets in its own environment.
    """
    return (
        *(("--user", settings.user) if settings.user else ()),
        *(word for setting in _environment(settings.environment) for word in ("--env", setting)),
        *(word for variable in settings.secrets for word in ("--env", variable)),
        *(word for mount in settings.mounts for word in ("--mount", _mount_option(mount))),
        *(("--gpus", _device_option(devices)) if settings.wants_gpus else ()),
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
                reason=_reason(state, inspected.get("HostConfig", {}).get("Memory")),
            )
        case _:
            return Outcome(
                status=JobStatus.RUNNING, started_at=_utc(state["StartedAt"]), handle=handle
            )


def lent_network(inspected: Mapping[str, Any]) -> str | None:
    """The id of the container whose network an inspected one uses; None if it has its own."""
    mode = str(inspected.get("HostConfig", {}).get("NetworkMode", ""))
    return mode.removeprefix(JOINED) if mode.startswith(JOINED) else None


def _command(spec: JobSpec) -> list[str]:
    return cast("list[str]", spec.payload["command"])


def _limits(spec: JobSpec) -> dict[str, int]:
    """The limits of a job as the engine counts them; none in the jobs of earlier versions."""
    payload = cast("Mapping[str, float]", spec.payload)
    limits = {}
    if "memory" in payload:
        limits["Memory"] = int(payload["memory"])
    if "cpus" in payload:
        limits["NanoCpus"] = round(payload["cpus"] * _NANO)
    return limits


def _log_options(settings: ContainerSettings) -> Iterator[str]:
    """The bounds of the engine's log, unless the person has chosen another."""
    if not settings.says("--log-driver", "--log-opt"):
        yield from ("--log-driver", _LOGGER)
        for name, value in _LOGGED.items():
            yield from ("--log-opt", f"{name}={value}")


def _limit_options(spec: JobSpec) -> Iterator[str]:
    for name in ("memory", "cpus"):
        if name in spec.payload:
            yield from (f"--{name}", str(spec.payload[name]))


def _labels(spec: JobSpec, devices: Sequence[str]) -> dict[str, str]:
    return {JOB_LABEL: spec.name, **({GPUS_LABEL: ",".join(devices)} if devices else {})}


def _device_option(devices: Sequence[str]) -> str:
    """The client reads a line of CSV here too."""
    return '"device={}"'.format(",".join(devices)) if devices else "all"


def _environment(variables: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in variables.items()]


def _mount_option(mount: Mount) -> str:
    read_only = ("readonly",) if mount.read_only else ()
    return csv_line("type=bind", f"source={mount.source}", f"target={mount.target}", *read_only)


def _reason(state: Mapping[str, Any], memory: int | None) -> str | None:
    if state.get("OOMKilled"):
        return out_of_memory(memory)
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
