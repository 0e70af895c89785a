"""The pods that a Job makes."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from fakes.kubernetes.admission import random_name
from fakes.kubernetes.pods import INDEX
from fakes.kubernetes.progress import Progress
from fakes.kubernetes.resources import Thing

TRACKING: Final = "batch.kubernetes.io/job-tracking"
_FAILURES: Final = "batch.kubernetes.io/job-index-failure-count"
_VARIABLE: Final = {
    "name": "JOB_COMPLETION_INDEX",
    "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}},
}


def wanted_indexes(job: Thing, progress: Progress, taken: Sequence[int]) -> list[int | None]:
    """For which indexes pods are missing; None stands for a pod without one."""
    spec = job["spec"]
    completions, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    room = max(0, parallelism - len(taken))
    if spec.get("completionMode") != "Indexed":
        if completions is None:
            return [] if progress.succeeded else [None] * room
        return [None] * min(room, max(0, completions - progress.succeeded - len(taken)))
    done = progress.completed_indexes | progress.failed_indexes | set(taken)
    wanted: list[int | None] = []
    for index in range(completions):
        if len(wanted) == room:
            break
        if index not in done:
            wanted.append(index)
    return wanted


def new_pod(job: Thing, index: int | None, failures: int, now: str) -> Thing:
    """A pod of a Job, as it is before it has a node."""
    metadata, template = job["metadata"], job["spec"]["template"]
    stem = metadata["name"] if index is None else f"{metadata['name']}-{index}"
    labels, annotations = template["metadata"]["labels"], {}
    spec: dict[str, Any] = template["spec"]
    if index is not None:
        labels = {**labels, INDEX: str(index)}
        annotations = {INDEX: str(index)}
        if job["spec"].get("backoffLimitPerIndex") is not None:
            annotations[_FAILURES] = str(failures)
        containers = [
            {**one, "env": [*(one.get("env") or ()), _VARIABLE]} for one in spec["containers"]
        ]
        spec = {**spec, "hostname": stem, "containers": containers}
    given = template["metadata"].get("annotations") or {}
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"]}
    owner |= {"uid": metadata["uid"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": random_name(f"{stem}-"),
            "generateName": f"{stem}-",
            "namespace": metadata["namespace"],
            "uid": str(uuid4()),
            "creationTimestamp": now,
            "labels": labels,
            "annotations": {**given, **annotations},
            "finalizers": [TRACKING],
            "ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}],
        },
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }
