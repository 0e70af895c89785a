"""Google Kubernetes Engine's clusters, and the quotas of Compute Engine that limit them."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.call import Call
from fakes.refusals import Refusal, Refused, invalid, not_found

_CLUSTERS = "container.projects.locations.clusters"
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_RESOURCES = re.compile(r"cpu|memory|nvidia-[a-z0-9-]+|tpu-[a-z0-9-]+")

Json = dict[str, Any]


@dataclass(kw_only=True)
class Clusters:
    """The clusters of all projects and places.

    Attributes:
        zones: the zones of every region, by their last letters.
        quotas: what Compute Engine says of every region.
        looks: how often an operation is looked at before it is done.
        failure: what is wrong with the next operation, if anything is.
        missing: zones that don't answer.
    """

    zones: str = "abcf"
    quotas: dict[str, float] = field(default_factory=lambda: {"CPUS": 72.0, "NVIDIA_T4_GPUS": 4.0})
    looks: int = 1
    failure: str = ""
    missing: tuple[str, ...] = ()
    _clusters: dict[str, Json] = field(default_factory=dict)
    _operations: dict[str, Json] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def methods(self) -> Mapping[str, Callable[[Call], Json]]:
        return {
            f"{_CLUSTERS}.create": self._create,
            f"{_CLUSTERS}.list": self._list,
            f"{_CLUSTERS}.get": self._get,
            f"{_CLUSTERS}.delete": self._delete,
            "container.projects.locations.operations.get": self._look,
            "compute.regions.get": self._region,
        }

    def all(self) -> list[Json]:
        """Every cluster, oldest first, whatever state it is in."""
        with self._lock:
            return [dict(cluster) for cluster in self._clusters.values()]

    def add(
        self, name: str, location: str = "us-central1", project: str = "p", **details: Any
    ) -> None:
        """A cluster that somebody made earlier; ``details`` are more of what Google shows."""
        shown = {"name": name, "location": location, "status": "RUNNING"}
        facts = {"currentMasterVersion": "1.36.1-gke.1000", "currentNodeCount": 3}
        self._clusters[f"projects/{project}/locations/{location}/clusters/{name}"] = (
            shown | facts | details
        )

    def _create(self, call: Call) -> Json:
        parent, wanted = _parent(call), call.body.get("cluster", {})
        location = call.path["locationsId"]
        if wrong := _broken_rules(wanted, location):
            raise Refused(invalid(*wrong))
        name = f"{parent}/clusters/{wanted['name']}"
        with self._lock:
            if name in self._clusters:
                raise Refused(_exists(name))
            made = {"location": location, "status": "PROVISIONING", "currentNodeCount": 3}
            self._clusters[name] = {**wanted, **made, "currentMasterVersion": "1.36.1-gke.1000"}
            return self._begin("CREATE_CLUSTER", parent, name)

    def _delete(self, call: Call) -> Json:
        parent = _parent(call)
        name = f"{parent}/clusters/{call.path['clustersId']}"
        with self._lock:
            if name not in self._clusters:
                raise Refused(not_found(name))
            self._clusters[name]["status"] = "STOPPING"
            return self._begin("DELETE_CLUSTER", parent, name)

    def _list(self, call: Call) -> Json:
        project, location = f"projects/{call.path['projectsId']}/", call.path["locationsId"]
        with self._lock:
            found = [
                dict(cluster)
                for name, cluster in self._clusters.items()
                if name.startswith(project) and location in ("-", cluster["location"])
            ]
        missing = {"missingZones": list(self.missing)} if self.missing else {}
        return {"clusters": found, **missing}

    def _get(self, call: Call) -> Json:
        name = f"{_parent(call)}/clusters/{call.path['clustersId']}"
        with self._lock:
            if name not in self._clusters:
                raise Refused(not_found(name))
            return dict(self._clusters[name])

    def _look(self, call: Call) -> Json:
        with self._lock:
            name = f"{_parent(call)}/operations/{call.path['operationsId']}"
            if name not in self._operations:
                raise Refused(not_found(name))
            operation = self._operations[name]
            operation["seen"] += 1
            if operation["seen"] >= self.looks:
                self._finish(operation)
            return _shown(operation)

    def _region(self, call: Call) -> Json:
        name = call.path["region"]
        if not re.fullmatch(r"[a-z]+-[a-z]+\d+", name):
            raise Refused(not_found(name))
        where = f"https://www.googleapis.com/compute/v1/projects/{call.path['project']}/zones"
        return {
            "name": name,
            "zones": [f"{where}/{name}-{letter}" for letter in self.zones],
            "quotas": [
                {"metric": metric, "limit": limit, "usage": 0.0}
                for metric, limit in self.quotas.items()
            ],
        }

    def _begin(self, kind: str, parent: str, cluster: str) -> Json:
        name = f"operation-{len(self._operations) + 1}"
        operation = {"name": name, "operationType": kind, "status": "RUNNING", "seen": 0}
        self._operations[f"{parent}/operations/{name}"] = operation | {"cluster": cluster}
        return _shown(operation)

    def _finish(self, operation: Json) -> None:
        operation["status"] = "DONE"
        if self.failure:
            operation["error"] = {"code": 8, "message": self.failure}
            self._clusters[operation["cluster"]]["status"] = "ERROR"
        elif operation["operationType"] == "DELETE_CLUSTER":
            self._clusters.pop(operation["cluster"], None)
        else:
            self._clusters[operation["cluster"]]["status"] = "RUNNING"


def _parent(call: Call) -> str:
    return f"projects/{call.path['projectsId']}/locations/{call.path['locationsId']}"


def _shown(operation: Json) -> Json:
    return {key: value for key, value in operation.items() if key not in {"seen", "cluster"}}


def _broken_rules(wanted: Mapping[str, Any], location: str) -> list[str]:
    """What Google refuses though the schema lets it through."""
    is_zone = location.count("-") > 1
    wrong = []
    if not _NAME.fullmatch(wanted.get("name", "")):
        wrong.append('Invalid value for field "cluster.name".')
    if wanted.get("autopilot", {}).get("enabled"):
        if is_zone:
            wrong.append("Autopilot clusters must be regional clusters.")
        wrong += [
            f"Autopilot clusters can't have {key}." for key in ("nodePools",) if key in wanted
        ]
    elif not wanted.get("nodePools") and "initialNodeCount" not in wanted:
        wrong.append("Cluster.initial_node_count must be greater than zero.")
    region = "-".join(location.split("-")[:2])
    wrong += [
        f"Zone {zone} isn't in {region}."
        for zone in wanted.get("locations", ())
        if not zone.startswith(f"{region}-")
    ]
    for limit in wanted.get("autoscaling", {}).get("resourceLimits", ()):
        if not _RESOURCES.fullmatch(limit["resourceType"]):
            wrong.append(f"Unknown resource type {limit['resourceType']}.")
    return wrong


def _exists(name: str) -> Refusal:
    return Refusal(code=409, status="ALREADY_EXISTS", message=f"Already exists: {name}.")
