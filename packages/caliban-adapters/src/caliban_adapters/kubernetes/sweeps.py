"""Sweeps in few objects: an Indexed Job, and a ConfigMap with the arguments of each index.

A ConfigMap's text has a line for each experiment, in the words of a POSIX shell; the shell in each
pod looks up the line of its index, and becomes the person's command with the arguments there.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from caliban_adapters.kubernetes.manifest import (
    GROUP_LABEL,
    JOB_LABEL,
    container_of,
    expansion_proof,
    job_object,
    tracking_of,
)
from caliban_domain.errors import UsageError
from caliban_domain.jobs import JobSpec
from caliban_domain.names import JobName, json_of_words

LARGEST: Final = 900_000
"""Bytes of arguments in one object: a ConfigMap holds 1 MiB, with its other fields."""

_MOST_AT_ONCE: Final = 1000  # pods of one object, where nobody says how many
_HEAD: Final = 40
_FOLDER: Final = "/etc/caliban"
_KEY: Final = "sweep"
_OF_EACH: Final = ("args", "environment")
_NAME: Final = re.compile(r"^CALIBAN_JOB=(\S+);", re.MULTILINE)

LAUNCHER: Final = f"""\
n='
'
line=$(sed -n "$((JOB_COMPLETION_INDEX + 1)){{p;q;}}" {_FOLDER}/{_KEY}) && test -n "$line" || exit
eval "$line"
export CALIBAN_JOB
exec "$@"
"""


def shards(specs: Sequence[JobSpec]) -> Iterator[Sequence[JobSpec]]:
    """The jobs in the parts that one object each takes: alike in all but what is in a line."""
    for _, alike in groupby(specs, key=_likeness):
        shard: list[JobSpec] = []
        size = 0
        for spec in alike:
            more = len(line(spec).encode())
            if shard and size + more > LARGEST:
                yield shard
                shard, size = [], 0
            shard.append(spec)
            size += more
        yield shard


def balanced(specs: Sequence[JobSpec]) -> list[list[JobSpec]]:
    """The shards, each with its share of how many may run at a time."""
    parts = [list(shard) for shard in shards(specs)]
    return [[_shared(spec, len(parts)) for spec in part] for part in parts]


def check(spec: JobSpec) -> None:
    """Raises UsageError for arguments that fit into no object."""
    if len(line(spec).encode()) > LARGEST:
        raise UsageError(
            f"the arguments of one experiment are longer than {LARGEST} bytes",
            hint="put them into a file that the image holds",
        )


def object_name(specs: Sequence[JobSpec]) -> str:
    """The name of the objects of a shard: the same jobs give the same name."""
    names = json_of_words(spec.name for spec in specs)
    digest = hashlib.sha256(names.encode()).hexdigest()[:12]
    return f"{specs[0].name[:_HEAD].rstrip('-')}-{digest}"


def config_map(specs: Sequence[JobSpec]) -> dict[str, Any]:
    """The ConfigMap of a shard."""
    payload: Any = specs[0].payload
    name = object_name(specs)
    labels = {GROUP_LABEL: payload["labels"][GROUP_LABEL], JOB_LABEL: name}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": payload["namespace"], "labels": labels},
        "immutable": True,
        "data": {_KEY: "".join(map(line, specs))},
    }


def indexed_job(specs: Sequence[JobSpec]) -> dict[str, Any]:
    """The Job of a shard, whose ConfigMap must be there before it."""
    first = specs[0]
    payload: Any = first.payload
    name = object_name(specs)
    container = container_of(first, {"CALIBAN_XGROUP": payload["group"]})
    container["command"] = expansion_proof(["sh", "-c", LAUNCHER, "caliban", *payload["command"]])
    container["volumeMounts"] = [{"name": "sweep", "mountPath": _FOLDER, "readOnly": True}]
    job = job_object(first, labels={**payload["labels"], JOB_LABEL: name}, container=container)
    job["metadata"]["name"] = name
    spec = job["spec"]
    spec["template"]["spec"]["volumes"] = [{"name": "sweep", "configMap": {"name": name}}]
    spec["backoffLimitPerIndex"] = spec.pop("backoffLimit")
    count = len(specs)
    spec |= {"completionMode": "Indexed", "completions": count}
    spec["parallelism"] = min(count, payload.get("parallel", _MOST_AT_ONCE))
    return job


def owned_by(job: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be changed in the ConfigMap, so that it goes when its Job goes."""
    metadata = job["metadata"]
    owner = {"apiVersion": "batch/v1", "kind": "Job"}
    owner |= {"name": metadata["name"], "uid": metadata["uid"]}
    return {"metadata": {"ownerReferences": [owner]}}


def names_in(config_map: Mapping[str, Any]) -> list[JobName]:
    """The names of the jobs of a shard, by index."""
    return [JobName(name) for name in _NAME.findall(config_map["data"][_KEY])]


def line(spec: JobSpec) -> str:
    """What the shell of a pod reads: the job's variables, and the arguments behind the command."""
    payload: Any = spec.payload
    words = "".join(f" {_quoted(word)}" for word in payload["args"])
    tracked = (f"export {name}={_quoted(text)}; " for name, text in tracking_of(spec).items())
    return f'CALIBAN_JOB={spec.name}; {"".join(tracked)}set -- "$@"{words}\n'


def handle(name: str, index: int) -> str:
    """Where a job is in the cluster: a Job, and an index of it."""
    return f"{name}#{index}"


def place(written: str) -> tuple[str, int | None]:
    """What a handle says: the name of a Job, and the index if there are several in it."""
    name, _, index = written.partition("#")
    return name, int(index) if index else None


def _quoted(word: str) -> str:
    # A line is what sed finds, so a new line is told by a variable.
    return "'" + word.replace("'", "'\"'\"'").replace("\n", "'\"$n\"'") + "'"


def _shared(spec: JobSpec, count: int) -> JobSpec:
    payload: Any = spec.payload
    if "parallel" not in payload or count == 1:
        return spec
    return replace(spec, payload={**payload, "parallel": max(1, payload["parallel"] // count)})


def _likeness(spec: JobSpec) -> str:
    shared = {key: value for key, value in spec.payload.items() if key not in _OF_EACH}
    return json.dumps([spec.image.reference, shared], sort_keys=True)
