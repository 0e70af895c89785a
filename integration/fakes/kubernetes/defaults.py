"""What a cluster adds to objects that say nothing of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fakes.kubernetes.resources import JOBS, NAMESPACES, PODS, Resource, Thing

JOB_NAME: Final = "batch.kubernetes.io/job-name"
CONTROLLER: Final = "batch.kubernetes.io/controller-uid"
PLAIN_JOB_NAME: Final = "job-name"
_UNLIMITED: Final = 2**31 - 1
_POD: Final = {
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_CONTAINER: Final = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}


def with_defaults(resource: Resource, thing: Thing) -> Thing:
    """An object whose metadata is complete, with what it doesn't say."""
    return _DEFAULTS.get(resource, _unchanged)(thing)


def _unchanged(thing: Thing) -> Thing:
    return thing


def _namespace(thing: Thing) -> Thing:
    return {
        **thing,
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _job(job: Thing) -> Thing:
    spec = job["spec"]
    uid, name = job["metadata"]["uid"], job["metadata"]["name"]
    labels = {
        CONTROLLER: uid,
        JOB_NAME: name,
        "controller-uid": uid,
        PLAIN_JOB_NAME: name,
    }
    defaults: dict[str, Any] = {"parallelism": 1, "completionMode": "NonIndexed", "suspend": False}
    if spec.get("parallelism") is None and spec.get("completions") is None:
        defaults["completions"] = 1
    per_index = spec.get("backoffLimitPerIndex") is not None
    defaults["backoffLimit"] = _UNLIMITED if per_index else 6
    policy = "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
    defaults |= {"podReplacementPolicy": policy, "manualSelector": False}
    template = spec["template"]
    metadata = template.get("metadata") or {}
    given = {key: value for key, value in spec.items() if value is not None}
    full = {
        **defaults,
        **given,
        "selector": {"matchLabels": {CONTROLLER: uid}},
        "template": {
            "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), **labels}},
            "spec": _pod_spec(template["spec"]),
        },
    }
    own = job["metadata"].get("labels")
    metadata = {**job["metadata"], "generation": 1} | ({} if own else {"labels": labels})
    return {**job, "metadata": metadata, "spec": full, "status": {}}


def _pod(pod: Thing) -> Thing:
    spec = {"restartPolicy": "Always", **_pod_spec(pod["spec"])}
    status = {"phase": "Pending", "qosClass": "BestEffort"}
    return {**pod, "spec": spec, "status": status}


def _pod_spec(spec: Thing) -> Thing:
    containers = [
        {"imagePullPolicy": _pull_policy(container["image"]), **_CONTAINER, **container}
        for container in spec["containers"]
    ]
    variables = [
        {**container, "env": [_variable(one) for one in container["env"]]}
        if container.get("env")
        else container
        for container in containers
    ]
    return {**_POD, **spec, "containers": variables}


def _variable(variable: Thing) -> Thing:
    # An empty text isn't written down.
    return {key: value for key, value in variable.items() if value != ""}


def _pull_policy(image: str) -> str:
    name = image.rpartition("/")[2]
    fixed = "@" in name or (":" in name and not name.endswith(":latest"))
    return "IfNotPresent" if fixed else "Always"


_DEFAULTS: Final[Mapping[Resource, Callable[[Thing], Thing]]] = {
    JOBS: _job,
    NAMESPACES: _namespace,
    PODS: _pod,
}
