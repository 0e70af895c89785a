"""What happens to pods: tests say when."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from fakes.kubernetes.api import Api
from fakes.kubernetes.defaults import JOB_NAME
from fakes.kubernetes.deletion import delete
from fakes.kubernetes.events import Remarks
from fakes.kubernetes.resources import CONFIG_MAPS, NODES, PODS, SECRETS, Thing
from fakes.kubernetes.store import edit, key_of

INDEX: Final = "batch.kubernetes.io/job-completion-index"
NODE: Final = "node-1"

Status = dict[str, Any]


class Pods:
    """The pods of the cluster in the hands of a test. Methods take a pod as it once was."""

    def __init__(self, api: Api, remarks: Remarks) -> None:
        self._api = api
        self._remarks = remarks

    def of(self, job: str, *, index: int | None = None) -> list[Thing]:
        """The pods of a Job as they are now, oldest first."""
        pods = [
            pod
            for pod in self._api.store.all(PODS)
            if (labels := pod["metadata"].get("labels") or {}).get(JOB_NAME) == job
            and index in (None, int(labels.get(INDEX, -1)))
        ]
        return sorted(pods, key=lambda pod: int(pod["metadata"]["resourceVersion"]))

    def start(self, pod: Thing, node: str = NODE) -> None:
        """It runs, unless something is missing that it refers to: then it says so."""
        self.schedule(pod, node)
        if self._lacks(pod):
            return
        self._change(pod, _running(self._api.now))

    def schedule(self, pod: Thing, node: str = NODE) -> None:
        """It has a node, and its container is about to be created."""
        store = self._api.store
        if pod["spec"].get("nodeName"):
            return
        edit(
            store, PODS, key_of(pod), lambda old: {**old, "spec": {**old["spec"], "nodeName": node}}
        )
        self._wait(pod, "ContainerCreating", "")
        self._remark(pod, "Scheduled", f"Successfully assigned {'/'.join(key_of(pod))} to {node}")

    def write(self, pod: Thing, text: str | bytes) -> None:
        """It writes something."""
        self._api.logs.write(pod, text, self._api.now)

    def end(self, pod: Thing, code: int = 0, reason: str = "") -> None:
        """Its container has exited; one that didn't run has run in between."""
        now = self._api.store.find(PODS, *key_of(pod)) or pod
        if now["status"].get("phase") == "Pending":
            self.start(pod)
        self._change(pod, _ended(code, reason or ("Error" if code else "Completed"), self._api.now))

    def out_of_memory(self, pod: Thing) -> None:
        self.end(pod, 137, "OOMKilled")

    def unschedulable(
        self, pod: Thing, message: str = "0/1 nodes are available: 1 Insufficient cpu."
    ) -> None:
        """No node will have it, for now."""
        unscheduled = {"type": "PodScheduled", "status": "False"}
        told = {**unscheduled, "reason": "Unschedulable", "message": message}
        self._change(pod, lambda status: {**status, "conditions": _with(status, told)})
        self._remark(pod, "FailedScheduling", message)

    def pull_fails(self, pod: Thing, *, backs_off: bool = False) -> None:
        """Its image can't be had."""
        self.schedule(pod)
        image = pod["spec"]["containers"][0]["image"]
        why = f'failed to pull and unpack image "{image}": not found'
        if backs_off:
            self._wait(pod, "ImagePullBackOff", f'Back-off pulling image "{image}": {why}')
            self._remark(pod, "BackOff", f'Back-off pulling image "{image}"')
        else:
            self._wait(pod, "ErrImagePull", why)
            self._remark(pod, "Failed", f'Failed to pull image "{image}": {why}')

    def evict(self, pod: Thing, message: str = "The node was low on resource: memory.") -> None:
        """The node has thrown it out, for its own sake."""
        self._disrupt(pod, "TerminationByKubelet", message, reason="Evicted")
        self._remark(pod, "Evicted", message)

    def preempt(self, pod: Thing) -> None:
        """A more important one has taken its place; it is deleted."""
        self._disrupt(pod, "PreemptionByScheduler", "preempted by another pod")
        self._delete(pod)
        self._remark(pod, "Preempted", "Preempted by pod 0 on node " + NODE)

    def lose_node(self, node: str = NODE) -> None:
        """A node vanishes, and what ran there with it: its pods are deleted."""
        store = self._api.store
        with store.lock:
            if found := store.find(NODES, "", node):
                store.remove(NODES, found)
            for pod in store.all(PODS):
                ended = pod["status"].get("phase") in ("Succeeded", "Failed")
                if pod["spec"].get("nodeName") == node and not ended:
                    message = "PodGC: node no longer exists"
                    self._disrupt(pod, "DeletionByPodGC", message)
                    self._delete(pod)

    def lose_touch(self, pod: Thing) -> None:
        """Its node hasn't answered for minutes: it is to be deleted, which only the node can do."""
        target = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager"}
        told = target | {"message": "Taint manager: deleting due to NoExecute taint"}
        self._change(pod, lambda status: {**status, "conditions": _with(status, told)})
        self._delete(pod)

    def end_all(self, job: str, codes: Sequence[int] | int = 0) -> None:
        """All pods of a Job that haven't ended end: with one code, or each with its index's."""
        for pod in self.of(job):
            if pod["status"].get("phase") not in ("Succeeded", "Failed"):
                index = int(pod["metadata"]["labels"].get(INDEX, 0))
                self.end(pod, codes if isinstance(codes, int) else codes[index])

    def _disrupt(self, pod: Thing, cause: str, message: str, reason: str = "") -> None:
        target = {"type": "DisruptionTarget", "status": "True"}
        told = {**target, "reason": cause, "message": message}

        def disrupted(status: Status) -> Status:
            ran = status.get("containerStatuses")
            after = _ended(137, "Error", self._api.now)(status) if ran else dict(status)
            extra = {"reason": reason, "message": message} if reason else {}
            return {**after, "phase": "Failed", "conditions": _with(after, told), **extra}

        self._change(pod, disrupted)

    def _delete(self, pod: Thing) -> None:
        if now := self._api.store.find(PODS, *key_of(pod)):
            delete(self._api.store, PODS, now, {}, self._api.now)

    def _lacks(self, pod: Thing) -> bool:
        """Whether an object is missing that it refers to; then it waits for that."""
        namespace, store = pod["metadata"]["namespace"], self._api.store
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("configMap") or {}).get("name")
            if name and not store.find(CONFIG_MAPS, namespace, name):
                told = f'MountVolume.SetUp failed for volume "{volume["name"]}" : configmap '
                self._remark(pod, "FailedMount", f'{told}"{name}" not found')
                return True
        for variable in pod["spec"]["containers"][0].get("env") or ():
            wanted = (variable.get("valueFrom") or {}).get("secretKeyRef")
            if not wanted:
                continue
            secret = store.find(SECRETS, namespace, wanted["name"])
            if secret is None:
                self._misconfigured(pod, f'secret "{wanted["name"]}" not found')
                return True
            if wanted["key"] not in secret["data"]:
                told = f"couldn't find key {wanted['key']} in Secret {namespace}/{wanted['name']}"
                self._misconfigured(pod, told)
                return True
        return False

    def _misconfigured(self, pod: Thing, message: str) -> None:
        self._wait(pod, "CreateContainerConfigError", message)
        self._remark(pod, "Failed", f"Error: {message}")

    def _wait(self, pod: Thing, reason: str, message: str) -> None:
        waiting = {"reason": reason} | ({"message": message} if message else {})
        name, image = (pod["spec"]["containers"][0][key] for key in ("name", "image"))
        container = {"name": name, "image": image, "imageID": "", "ready": False}
        statuses = [{**container, "restartCount": 0, "state": {"waiting": waiting}}]
        scheduled = {"type": "PodScheduled", "status": "True"}
        self._change(
            pod,
            lambda status: {
                **status,
                "startTime": self._api.now,
                "containerStatuses": statuses,
                "conditions": _with(status, scheduled),
            },
        )

    def _change(self, pod: Thing, change: Callable[[Status], Status]) -> None:
        key = key_of(pod)
        edit(self._api.store, PODS, key, lambda old: {**old, "status": change(old["status"])})

    def _remark(self, pod: Thing, reason: str, message: str) -> None:
        self._remarks.add(PODS, pod, reason, message, now=self._api.now)


def _running(now: str) -> Callable[[Status], Status]:
    def change(status: Status) -> Status:
        statuses = [
            {**one, "ready": True, "started": True, "state": {"running": {"startedAt": now}}}
            for one in status["containerStatuses"]
        ]
        ready = _with(status, {"type": "Ready", "status": "True"})
        return {**status, "phase": "Running", "containerStatuses": statuses, "conditions": ready}

    return change


def _ended(code: int, reason: str, now: str) -> Callable[[Status], Status]:
    end = {"exitCode": code, "reason": reason, "startedAt": now, "finishedAt": now}

    def change(status: Status) -> Status:
        if status.get("phase") in ("Succeeded", "Failed"):
            return status
        statuses = [
            {**one, "ready": False, "started": False, "state": {"terminated": end}}
            for one in status.get("containerStatuses") or ()
        ]
        phase = "Failed" if code else "Succeeded"
        return {**status, "phase": phase, "containerStatuses": statuses}

    return change


def _with(status: Status, condition: dict[str, str]) -> list[dict[str, str]]:
    others = [one for one in status.get("conditions") or () if one["type"] != condition["type"]]
    return [*others, condition]
