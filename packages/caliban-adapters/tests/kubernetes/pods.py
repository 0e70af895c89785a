"""Pods as a cluster shows them, for tests of what they tell."""

from typing import Any

STARTED, ENDED = "2026-11-23T03:00:00Z", "2026-11-23T03:10:00Z"


def pod(phase: str, state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    containers = [{"name": "caliban", "image": "registry.example/tea:1", "state": state or {}}]
    return {"metadata": {}, "status": {"phase": phase, "containerStatuses": containers, **status}}


def ended(code: int, reason: str = "Error", **status: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": code, "reason": reason, "finishedAt": ENDED}}
    return pod("Failed", state, **status)


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return pod("Pending", {"waiting": {"reason": reason, "message": message}})


def disrupted(why: str) -> dict[str, str]:
    return {"type": "DisruptionTarget", "status": "True", "reason": why}
