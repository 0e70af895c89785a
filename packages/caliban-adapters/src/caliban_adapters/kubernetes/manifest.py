"""Jobs in Kubernetes' words.

Of a job's payload everything is settled when it is planned but its name and its image, which
another attempt at the same experiment replaces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from caliban_adapters.kubernetes.hardware import Hardware, demand
from caliban_adapters.kubernetes.job_files import WrittenJob, renamed
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobSpec
from caliban_domain.labels import label_value, labels_of, with_inner_ends
from caliban_domain.mlflow import Tracking, named
from caliban_domain.names import GroupName, JobName, job_variables

JOB_LABEL: Final = "caliban_job"
GROUP_LABEL: Final = "caliban_xgroup"
CONTAINER: Final = "caliban"
NEVER: Final = "Never"
STOPPED_BY: Final = "caliban.stopped-by"
"""The annotation of a Job that a person has stopped."""

QUEUE_LABEL: Final = "kueue.x-k8s.io/queue-name"
_UNBUFFERED: Final = {"PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where Jobs are: a context of the kubeconfig, or None inside a cluster; and a namespace."""

    context: str | None
    namespace: str

    @property
    def path(self) -> str:
        return f"{self.context or ''}/{self.namespace}"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A value that the cluster keeps: the name of a Secret, and which of its keys."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the Jobs of one launch have in common.

    ``ttl`` is how many seconds a Job stays after its end, for ever by default; ``retries`` how
    often one is tried again; ``parallel`` how many pods of an ``indexed`` sweep run at a time.
    """

    destination: Destination
    group: GroupName
    command: tuple[str, ...]
    hardware: Hardware = field(default_factory=Hardware)
    chosen_labels: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretKey] = field(default_factory=dict)
    service_account: str | None = None
    queue: str | None = None
    retries: int = 0
    ttl: int | None = None
    indexed: bool = False
    parallel: int | None = None
    tracking: Tracking | None = None


def plan(experiment: Experiment, image: ImageRef, name: JobName, *, settings: Settings) -> JobSpec:
    """The Job of an experiment. Raises UnsupportedAccelerator for hardware that no node has."""
    destination = settings.destination
    payload: dict[str, object] = {
        "context": destination.context,
        "namespace": destination.namespace,
        "group": settings.group,
        "labels": _labels(experiment, settings),
        "command": list(settings.command),
        "args": list(experiment.argv),
        "environment": _tracked(experiment, settings),
        "pod": _pod(settings),
        "job": _job(settings),
    }
    if settings.indexed:
        payload["indexed"] = True
        if settings.parallel:
            payload["parallel"] = settings.parallel
    return JobSpec(name=name, image=image, payload=payload)


def destination_of(spec: JobSpec) -> Destination:
    """Where the Job is, or is to be."""
    context = spec.payload["context"]
    return Destination(str(context) if context else None, str(spec.payload["namespace"]))


def manifest(spec: JobSpec) -> dict[str, Any]:
    """The Job to be created."""
    payload: Any = spec.payload
    if "written" in payload:
        return renamed(payload["written"], spec, {**payload["labels"], JOB_LABEL: spec.name})
    labels = {**payload["labels"], JOB_LABEL: spec.name}
    own = job_variables(payload["group"], spec.name)
    container = container_of(spec, {**tracking_of(spec), **own})
    container |= {"command": expansion_proof(payload["command"])}
    container |= {"args": expansion_proof(payload["args"])}
    return job_object(spec, labels=labels, container=container)


def tracking_of(spec: JobSpec) -> dict[str, str]:
    """The variables by which the job is a run of a tracking server, if there is one."""
    payload: Any = spec.payload
    return named(payload.get("environment", {}), spec.name)


def plan_written(
    experiment: Experiment,
    image: ImageRef,
    name: JobName,
    *,
    written: WrittenJob,
    place: tuple[Destination, GroupName],
) -> JobSpec:
    """The Job of a file under another name, of which the experiment only tells the arguments."""
    destination, group = place
    payload: dict[str, object] = {
        "context": destination.context,
        "namespace": destination.namespace,
        "labels": {GROUP_LABEL: label_value(group).strip("-_")},
        "args": list(experiment.argv),
        "written": written.job,
    }
    return JobSpec(name=name, image=image, payload=payload)


def without_namespace(job: Mapping[str, Any]) -> dict[str, Any]:
    """The Job for whatever namespace it is sent to."""
    metadata = {key: value for key, value in job["metadata"].items() if key != "namespace"}
    return {**job, "metadata": metadata}


def job_object(
    spec: JobSpec, *, labels: Mapping[str, str], container: Mapping[str, Any]
) -> dict[str, Any]:
    """A Job of that name, whose pods have the labels and the container."""
    payload: Any = spec.payload
    pod = {key: value for key, value in payload["pod"].items() if key != "container"}
    job = payload["job"]
    metadata = {"name": spec.name, "namespace": payload["namespace"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {**metadata, "labels": {**labels, **job["labels"]}},
        "spec": {
            **job["spec"],
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {**pod, "containers": [dict(container)]},
            },
        },
    }


def container_of(spec: JobSpec, variables: Mapping[str, str]) -> dict[str, Any]:
    """The container but for what it executes, with these variables over the person's own."""
    payload: Any = spec.payload
    planned = payload["pod"]["container"]
    own = [
        {"name": name, "value": text.replace("$", "$$")}
        for name, text in (_UNBUFFERED | dict(variables)).items()
    ]
    theirs = {variable["name"] for variable in planned["env"]}
    environment = [*(one for one in own if one["name"] not in theirs), *planned["env"]]
    return {**planned, "image": spec.image.reference, "env": environment}


def expansion_proof(words: list[str]) -> list[str]:
    """Words that arrive as they are: Kubernetes takes two dollars for one, and expands ``$(A)``."""
    return [word.replace("$", "$$") for word in words]


def group_selector(group: GroupName) -> str:
    """What lists the Jobs and pods of a group, and of any other whose name makes the same label."""
    return f"{GROUP_LABEL}={label_value(group).strip('-_')}"


def _labels(experiment: Experiment, settings: Settings) -> dict[str, str]:
    chosen = {
        GROUP_LABEL: settings.group,
        **settings.chosen_labels,
        # Reserved here, so that no argument takes its key.
        JOB_LABEL: "",
    }
    argv = () if settings.indexed else experiment.argv
    labels = labels_of(argv, chosen=chosen, user=settings.labels)
    return {str(key): value for key, value in with_inner_ends(labels).items()}


def _tracked(experiment: Experiment, settings: Settings) -> dict[str, str]:
    """What a person gave the pods themselves is not said in another way."""
    variables = settings.tracking.environment(experiment) if settings.tracking else {}
    theirs = settings.variables.keys() | settings.secrets.keys()
    return {name: text for name, text in variables.items() if name not in theirs}


def _pod(settings: Settings) -> dict[str, Any]:
    asked = demand(settings.hardware)
    environment: list[dict[str, Any]] = [
        {"name": name, "value": text.replace("$", "$$")}
        for name, text in settings.variables.items()
    ]
    environment += [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": kept.secret, "key": kept.key}}}
        for name, kept in settings.secrets.items()
    ]
    container: dict[str, Any] = {"name": CONTAINER, "env": environment}
    resources = {"requests": asked.requests, "limits": asked.limits}
    if resources := {kind: amounts for kind, amounts in resources.items() if amounts}:
        container["resources"] = resources
    pod: dict[str, Any] = {"restartPolicy": NEVER, "container": container}
    if asked.selector:
        pod["nodeSelector"] = asked.selector
    if asked.tolerations:
        pod["tolerations"] = asked.tolerations
    if settings.service_account:
        pod["serviceAccountName"] = settings.service_account
    return pod


def _job(settings: Settings) -> dict[str, Any]:
    # Losing its node is nothing that a job did wrong.
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    spec: dict[str, Any] = {
        "backoffLimit": settings.retries,
        "podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": disrupted}]},
        "podReplacementPolicy": "Failed",
    }
    if settings.ttl is not None:
        spec["ttlSecondsAfterFinished"] = settings.ttl
    labels = {}
    if settings.queue:
        # Nothing of it runs before Kueue says so.
        labels[QUEUE_LABEL] = settings.queue
        spec["suspend"] = True
    return {"spec": spec, "labels": labels}
