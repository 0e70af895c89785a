"""What Vertex AI's documentation demands of a custom job beyond its schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LABEL_KEY = re.compile(r"[^\W\d_A-Z][\w-]{0,62}")
_LABEL_VALUE = re.compile(r"[\w-]{0,63}")
_LABELS = 64
_NAME = 128
_VARIABLES = 100
_BOOT_DISK_GB = range(100, 64_001)


def broken_rules(job: Mapping[str, Any]) -> list[str]:
    """What is wrong with a job whose fields and types are right."""
    return [
        *_about_name_and_labels(job),
        *(text for pool in job["jobSpec"]["workerPoolSpecs"] for text in _about_pool(pool)),
    ]


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
    if len(pool.get("containerSpec", {}).get("env", ())) > _VARIABLES:
        yield f"a container may have {_VARIABLES} environment variables"
    if pool.get("diskSpec", {}).get("bootDiskSizeGb", _BOOT_DISK_GB[0]) not in _BOOT_DISK_GB:
        yield f"bootDiskSizeGb must be {_BOOT_DISK_GB[0]} to {_BOOT_DISK_GB[-1]}"
