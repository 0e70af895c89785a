"""Jobs that a person wrote, or had written, into a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from caliban_domain.errors import UsageError
from caliban_domain.jobs import JobSpec

LARGEST: Final = 1_000_000
"""Characters of a file: a cluster takes no Job that is larger."""

_HINT: Final = "caliban cluster job submit --export FILE writes such a file"
_OF_THE_SERVER: Final = ("controller-uid", "job-name", "batch.kubernetes.io/")


@dataclass(frozen=True, slots=True)
class WrittenJob:
    """A Job of batch/v1 with at least one container that has an image."""

    job: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """The name that the file gives it."""
        metadata = self.job.get("metadata") or {}
        written = metadata.get("name") or metadata.get("generateName", "").rstrip("-")
        return str(written) if written else None

    @property
    def namespace(self) -> str | None:
        """The namespace that the file says it is for."""
        written = (self.job.get("metadata") or {}).get("namespace")
        return str(written) if written else None

    @property
    def image(self) -> str:
        """The image of the first container."""
        return str(_container(self.job)["image"])

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the first container, as they arrive there."""
        return tuple(
            str(word).replace("$$", "$") for word in _container(self.job).get("args") or ()
        )


def parse(text: str, name: str) -> WrittenJob:
    """The one Job of a file that is called ``name``. Raises UsageError."""
    import yaml

    if len(text) > LARGEST:
        raise UsageError(f"{name} is larger than any Job can be", hint=_HINT)
    try:
        documents = [one for one in yaml.safe_load_all(text) if one is not None]
        written = _size(documents)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        told = getattr(error, "problem", None) or " ".join(str(error).split())
        raise UsageError(f"{name}{place}: neither YAML nor JSON: {told}", hint=_HINT) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{name} holds what JSON can't say: {error}", hint=_HINT) from error
    if written > LARGEST:
        raise UsageError(f"{name} is larger than any Job can be", hint=_HINT)
    if len(documents) != 1:
        raise UsageError(f"{name} holds {len(documents)} documents, and one Job is wanted")
    return WrittenJob(_checked(documents[0], name))


def renamed(job: Mapping[str, Any], spec: JobSpec, labels: Mapping[str, str]) -> dict[str, Any]:
    """The Job under the name of the spec, without what a cluster added to another one.

    The labels are added; its first container gets the spec's image.
    """
    metadata = job.get("metadata") or {}
    kept = {"annotations": metadata["annotations"]} if metadata.get("annotations") else {}
    template = job["spec"]["template"]
    pod = template["spec"]
    first = {**_container(job), "image": spec.image.reference}
    pod_metadata = template.get("metadata") or {}
    described = {"labels": {**_own(pod_metadata.get("labels")), **labels}}
    if pod_metadata.get("annotations"):
        described["annotations"] = pod_metadata["annotations"]
    manual = job["spec"].get("manualSelector")
    body = {key: value for key, value in job["spec"].items() if manual or key != "selector"}
    containers = [first, *pod["containers"][1:]]
    body["template"] = {"metadata": described, "spec": {**pod, "containers": containers}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            **kept,
            "name": spec.name,
            "namespace": spec.payload["namespace"],
            "labels": {**_own(metadata.get("labels")), **labels},
        },
        "spec": body,
    }


def _checked(job: Any, name: str) -> dict[str, Any]:
    kind = job.get("kind") if isinstance(job, dict) else None
    if not isinstance(job, dict) or (kind, job.get("apiVersion")) != ("Job", "batch/v1"):
        version = job.get("apiVersion", "no version") if isinstance(job, dict) else None
        what = f"a {kind} of {version}" if kind else "no object of Kubernetes"
        raise UsageError(f"{name} holds {what}, and a Job of batch/v1 is wanted", hint=_HINT)
    try:
        container = _container(job)
        complete = isinstance(container["image"], str) and container["image"] != ""
    except (AttributeError, IndexError, KeyError, TypeError):
        complete = False
    if not complete:
        raise UsageError(f"{name}: the Job has no container with an image", hint=_HINT)
    _check_described(job, name)
    return job


def _check_described(job: Mapping[str, Any], name: str) -> None:
    template = job["spec"]["template"]
    for place, metadata in (
        ("", job.get("metadata")),
        ("spec.template.", template.get("metadata")),
    ):
        if not isinstance(metadata or {}, dict):
            raise UsageError(f"{name}: {place}metadata holds no names and values", hint=_HINT)
        for kind in ("labels", "annotations"):
            if not isinstance((metadata or {}).get(kind) or {}, dict):
                told = f"{name}: {place}metadata.{kind} holds no names and values"
                raise UsageError(told, hint=_HINT)


def _size(documents: list[Any]) -> int:
    """How large it is as JSON; of what is too large, and may be without end, only that it is."""
    size = 0
    for piece in json.JSONEncoder().iterencode(documents):
        size += len(piece)
        if size > LARGEST:
            break
    return size


def _container(job: Mapping[str, Any]) -> dict[str, Any]:
    return dict(job["spec"]["template"]["spec"]["containers"][0])


def _own(labels: Mapping[str, Any] | None) -> dict[str, Any]:
    """Labels without those that the server gave."""
    return {
        key: value for key, value in (labels or {}).items() if not key.startswith(_OF_THE_SERVER)
    }
