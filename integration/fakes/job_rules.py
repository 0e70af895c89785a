"""What Vertex AI's documentation demands of a custom job beyond its schema."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_LABEL_KEY = re.compile(r"[^\W\d_A-Z][\w-]{0,62}")
_LABEL_VALUE = re.compile(r"[\w-]{0,63}")
_LABELS = 64
_NAME = 128
_VARIABLES = 100
_BOOT_DISK_GB = range(100, 64_001)
_NETWORK = re.compile(r"projects/\d+/global/networks/[a-z][-a-z0-9]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WITH_GPU = re.compile(r"(a2|a3|a4|a4x|g2|g4)-")
_CORES_OF_A_BOARD = 8
_OF_SEVERAL = re.compile(r".*-(\d+)t")


def broken_rules(job: Mapping[str, Any]) -> list[str]:
    """What is wrong with a job whose fields and types are right."""
    spec = job["jobSpec"]
    pools = spec["workerPoolSpecs"]
    is_spot = spec.get("scheduling", {}).get("strategy") == "SPOT"
    return [
        *_about_name_and_labels(job),
        *_about_job(spec),
        *(text for pool in pools for text in _about_pool(pool)),
        *(text for pool in pools for text in _about_machine(pool.get("machineSpec", {}))),
        *(text for pool in pools for text in _about_tpu(pool, alone=len(pools) == 1, spot=is_spot)),
    ]


def _about_job(spec: Mapping[str, Any]) -> Iterator[str]:
    if not _NETWORK.fullmatch(spec.get("network", "projects/1/global/networks/n")):
        yield "network must be projects/{project number}/global/networks/{network}"
    if not _EMAIL.fullmatch(spec.get("serviceAccount", "a@b.c")):
        yield f"{spec['serviceAccount']} isn't the email of a service account"
    timeout = spec.get("scheduling", {}).get("timeout", "1s")
    if float(timeout.removesuffix("s")) <= 0:
        yield f"the timeout must be positive, not {timeout}"


def _about_name_and_labels(job: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(job["displayName"]) <= _NAME:
        yield f"displayName must have 1 to {_NAME} characters"
    labels = job.get("labels", {})
    if len(labels) > _LABELS:
        yield f"a job may have {_LABELS} labels, not {len(labels)}"
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key) or key != key.lower():
            yield f"Label key {key!r} violates format constraints"
        if not _LABEL_VALUE.fullmatch(value) or value != value.lower():
            yield f"Label value {value!r} violates format constraints"


def _about_pool(pool: Mapping[str, Any]) -> Iterator[str]:
    if ("containerSpec" in pool) == ("pythonPackageSpec" in pool):
        yield "a worker pool has either a containerSpec or a pythonPackageSpec"
    variables = pool.get("containerSpec", {}).get("env", ())
    if len(variables) > _VARIABLES:
        yield f"a container may have {_VARIABLES} environment variables"
    for each in variables:
        if not _VARIABLE.fullmatch(each["name"]):
            yield f"{each['name']!r} can't be the name of an environment variable"
    if int(pool.get("replicaCount", "1")) < 1:
        yield "replicaCount must be positive"
    if pool.get("diskSpec", {}).get("bootDiskSizeGb", _BOOT_DISK_GB[0]) not in _BOOT_DISK_GB:
        yield f"bootDiskSizeGb must be {_BOOT_DISK_GB[0]} to {_BOOT_DISK_GB[-1]}"


def _about_machine(machine: Mapping[str, Any]) -> Iterator[str]:
    name = machine.get("machineType", "")
    if not name:
        yield "machineType is required in a worker pool"
    if ("acceleratorType" in machine) != bool(machine.get("acceleratorCount")):
        yield "acceleratorType and acceleratorCount go together"
    if _WITH_GPU.match(name) and "acceleratorType" not in machine:
        yield f"{name} needs the accelerator that it comes with"


def _about_tpu(pool: Mapping[str, Any], *, alone: bool, spot: bool) -> Iterator[str]:
    machine = pool.get("machineSpec", {})
    name, shape = machine.get("machineType", ""), machine.get("tpuTopology", "")
    is_old, found = name == "cloud-tpu", _OF_SEVERAL.fullmatch(name)
    if not is_old and not shape:
        if found:
            yield f"{name} needs a tpuTopology"
        return
    if not alone or pool.get("replicaCount", "1") != "1":
        yield "a job with TPUs has one worker pool of one replica"
    if is_old and not str(machine.get("acceleratorType", "")).startswith("TPU_"):
        yield f"{name} needs a TPU as its accelerator"
    if shape and "acceleratorType" in machine:
        yield "a tpuTopology goes without an acceleratorType"
    chips = math.prod(map(int, shape.split("x"))) if shape else machine.get("acceleratorCount", 0)
    if spot and chips > (int(found[1]) if found else _CORES_OF_A_BOARD):
        yield "Spot VMs aren't supported with TPU Pods"
