"""What the cluster tells of itself: its version, and which kinds of objects it has."""

from typing import Any, Final

from fakes.kubernetes.resources import RESOURCES, Resource

OPEN_TO_ALL: Final = ("/version", "/livez", "/readyz", "/healthz")
"""Paths that anybody may ask."""


def told(path: str) -> dict[str, Any] | None:
    """The answer for a path without objects; None if there is none."""
    match path.strip("/").split("/"):
        case ["version"]:
            return {
                "major": "1",
                "minor": "36",
                "gitVersion": "v1.36.0",
                "gitCommit": "0" * 40,
                "gitTreeState": "clean",
                "buildDate": "2026-04-22T00:00:00Z",
                "goVersion": "go1.26",
                "compiler": "gc",
                "platform": "linux/amd64",
            }
        case ["livez" | "readyz" | "healthz"]:
            return {"status": "ok"}
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case ["apis"]:
            groups = dict.fromkeys((one.group, one.version) for one in RESOURCES if one.group)
            return {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [_group(group, version) for group, version in groups],
            }
        case ["apis", group]:
            versions = [one.version for one in RESOURCES if one.group == group]
            about = {"kind": "APIGroup", "apiVersion": "v1"}
            return {**about, **_group(group, versions[0])} if versions else None
        case ["api", version]:
            return _resources("", version)
        case ["apis", group, version]:
            return _resources(group, version)
    return None


def _group(group: str, version: str) -> dict[str, Any]:
    served = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [served], "preferredVersion": served}


def _resources(group: str, version: str) -> dict[str, Any] | None:
    within = [one for one in RESOURCES if (one.group, one.version) == (group, version)]
    if not within:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": within[0].api_version,
        "resources": [entry for one in within for entry in _entries(one)],
    }


def _entries(resource: Resource) -> list[dict[str, Any]]:
    about = {
        "singularName": resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
    }
    below = [
        {"name": f"{resource.plural}/{sub}", **about, "verbs": ["get"]}
        for sub in resource.subresources
    ]
    return [{"name": resource.plural, **about, "verbs": list(resource.verbs)}, *below]
