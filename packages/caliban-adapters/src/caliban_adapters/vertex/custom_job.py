"""Jobs in Vertex AI's words, and Vertex AI's words for how they are.

Of a job's payload everything is settled when it is planned but its name and its image, which
another attempt at the same experiment replaces.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from caliban_domain.errors import UsageError
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobSpec, JobStatus, Outcome
from caliban_domain.labels import label_value, labels_of
from caliban_domain.machines import Hardware
from caliban_domain.mlflow import Tracking, named
from caliban_domain.names import GroupName, JobName, job_variables

JOB_LABEL: Final = "caliban_job"
GROUP_LABEL: Final = "caliban_xgroup"
MOST_LABELS: Final = 64

_UNBUFFERED: Final = {"PYTHONUNBUFFERED": "1"}
_EXIT_CODE: Final = re.compile(r"non-zero status of (\d+)")
_CONSOLE: Final = "https://console.cloud.google.com/agent-platform"

STATUSES: Final[Mapping[str, tuple[JobStatus, str | None]]] = {
    "JOB_STATE_QUEUED": (JobStatus.SUBMITTED, "no quota or no machine is free for it now"),
    "JOB_STATE_PENDING": (JobStatus.SUBMITTED, "its machine is being prepared"),
    "JOB_STATE_RUNNING": (JobStatus.RUNNING, None),
    "JOB_STATE_UPDATING": (JobStatus.RUNNING, "is being updated"),
    "JOB_STATE_PAUSED": (JobStatus.RUNNING, "is paused"),
    "JOB_STATE_CANCELLING": (JobStatus.RUNNING, "is being stopped"),
    "JOB_STATE_SUCCEEDED": (JobStatus.SUCCEEDED, None),
    "JOB_STATE_PARTIALLY_SUCCEEDED": (JobStatus.SUCCEEDED, "succeeded in part"),
    "JOB_STATE_FAILED": (JobStatus.FAILED, None),
    "JOB_STATE_EXPIRED": (JobStatus.FAILED, "waited for a machine until its time was over"),
    "JOB_STATE_CANCELLED": (JobStatus.STOPPED, "stopped on Vertex AI"),
}
"""What each state of a custom job means; one that isn't here changes nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs are, each with a quota of its own."""

    project: str
    region: str

    def __str__(self) -> str:
        return f"{self.region} of project {self.project}"

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{self.region}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the jobs of one launch have in common; ``timeout`` in seconds."""

    project: str
    group: GroupName
    hardware: Hardware
    command: tuple[str, ...]
    chosen_labels: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    spot: bool = False
    service_account: str | None = None
    network: str | None = None
    timeout: float | None = None
    boot_disk_gb: int | None = None
    tracking: Tracking | None = None

    @property
    def place(self) -> Place:
        return Place(self.project, self.hardware.region)


def plan(experiment: Experiment, image: ImageRef, name: JobName, settings: Settings) -> JobSpec:
    """The job of an experiment. Raises UsageError for more labels than a job can have."""
    region = settings.hardware.region
    payload = {"project": settings.project, "region": region, "job": _job(experiment, settings)}
    spec = JobSpec(name=name, image=image, payload=payload)
    if (count := len(body(spec)["labels"])) > MOST_LABELS:
        raise UsageError(
            f"a job would have {count} labels, and Vertex AI takes {MOST_LABELS}",
            hint="each --label and each argument of the script makes one: give fewer of them, "
            "or put arguments into a file that the image holds",
        )
    return spec


def place_of(spec: JobSpec) -> Place:
    """Where the job is, or is to be."""
    return Place(str(spec.payload["project"]), str(spec.payload["region"]))


def machine_of(spec: JobSpec) -> str:
    """What the job runs on, in words: ``n1-standard-8 with 2 NVIDIA_TESLA_V100, spot``."""
    planned: Any = spec.payload["job"]
    job = planned["jobSpec"]
    (pool,) = job["workerPoolSpecs"]
    machine = pool["machineSpec"]
    words = str(machine["machineType"])
    if kind := machine.get("acceleratorType"):
        words += f" with {machine['acceleratorCount']} {kind}"
    if shape := machine.get("tpuTopology"):
        words += f" with {shape} chips"
    return words if job.get("scheduling", {}).get("strategy") is None else f"{words}, spot"


def body(spec: JobSpec) -> dict[str, Any]:
    """The custom job to be created."""
    planned: Any = spec.payload["job"]
    (pool,) = planned["jobSpec"]["workerPoolSpecs"]
    container = pool["containerSpec"]
    variables = {
        **named(planned["environment"], spec.name),
        **job_variables(planned["group"], spec.name),
        **_UNBUFFERED,
    }
    environment = [{"name": name, "value": _literal(it)} for name, it in variables.items()]
    filled = {**container, "imageUri": spec.image.reference, "env": environment}
    return {
        "displayName": spec.name,
        "labels": {**planned["labels"], JOB_LABEL: spec.name},
        "jobSpec": {
            **planned["jobSpec"],
            "workerPoolSpecs": [{**pool, "containerSpec": filled}],
        },
    }


def name_of(job: Mapping[str, Any]) -> JobName:
    """The name under which Caliban knows a custom job; empty for one that isn't Caliban's."""
    return JobName(job.get("labels", {}).get(JOB_LABEL, ""))


def outcome_of(job: Mapping[str, Any]) -> Outcome:
    """How a custom job is, as the service shows it."""
    state = job.get("state", "JOB_STATE_UNSPECIFIED")
    status, reason = STATUSES.get(state, (JobStatus.SUBMITTED, f"is in {state}"))
    error = " ".join(job.get("error", {}).get("message", "").split())
    exit_code = 0 if status is JobStatus.SUCCEEDED else None
    if status is JobStatus.FAILED:
        reason = error.rstrip(".") or reason
        exited = _EXIT_CODE.search(error)
        exit_code = int(exited[1]) if exited else None
    return Outcome(
        status=status,
        exit_code=exit_code,
        started_at=_moment(job.get("startTime")),
        ended_at=_moment(job.get("endTime") or job.get("updateTime"))
        if status.is_terminal
        else None,
        handle=job["name"],
        reason=reason,
    )


def console_url(place: Place, handle: str) -> str:
    """The page of a job, by its resource name."""
    number = handle.rpartition("/")[2]
    return f"{_CONSOLE}/locations/{place.region}/training/{number}?project={place.project}"


def _job(experiment: Experiment, settings: Settings) -> dict[str, Any]:
    chosen = {
        GROUP_LABEL: settings.group,
        **settings.chosen_labels,
        # Reserved here, so that no argument takes its key.
        JOB_LABEL: "",
    }
    labels = labels_of(experiment.argv, chosen=chosen, user=settings.labels)
    pool: dict[str, Any] = {
        "machineSpec": _machine(settings.hardware),
        "replicaCount": "1",
        "containerSpec": {"command": list(settings.command), "args": list(experiment.argv)},
    }
    if settings.boot_disk_gb:
        pool["diskSpec"] = {"bootDiskSizeGb": settings.boot_disk_gb}
    job: dict[str, Any] = {"workerPoolSpecs": [pool]}
    if scheduling := _scheduling(settings):
        job["scheduling"] = scheduling
    if settings.service_account:
        job["serviceAccount"] = settings.service_account
    if settings.network:
        job["network"] = settings.network
    return {
        "group": settings.group,
        "labels": dict(labels),
        "environment": settings.tracking.environment(experiment) if settings.tracking else {},
        "jobSpec": job,
    }


def group_filter(group: GroupName) -> str:
    """What lists the jobs of a group, and of any other whose name makes the same label."""
    value = label_value(group)
    return f'labels.{GROUP_LABEL}="{value}"' if value else f"labels.{JOB_LABEL}:*"


def job_filter(name: JobName) -> str:
    """What lists a job, by its name."""
    return f'labels.{JOB_LABEL}="{name}"'


def _machine(hardware: Hardware) -> dict[str, Any]:
    machine: dict[str, Any] = {"machineType": hardware.machine_type}
    if hardware.tpu and (shape := hardware.tpu.topology):
        return machine | {"tpuTopology": shape}
    if accelerator := hardware.tpu or hardware.gpu:
        if accelerator.vertex_name is None:
            raise UsageError(
                f"{accelerator} can't be asked for: how so many chips are wired isn't known",
                hint="--force doesn't help here; without it, the error lists what there is",
            )
        machine["acceleratorType"] = accelerator.vertex_name
        machine["acceleratorCount"] = accelerator.count
    return machine


def _scheduling(settings: Settings) -> dict[str, Any]:
    scheduling = {}
    if settings.spot:
        scheduling["strategy"] = "SPOT"
    if settings.timeout:
        scheduling["timeout"] = f"{math.ceil(settings.timeout)}s"
    return scheduling


def _literal(value: str) -> str:
    """The value of a variable, in which Vertex AI is to replace nothing."""
    return value.replace("$(", "$$(")


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
