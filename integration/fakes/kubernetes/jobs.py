"""What a cluster's controller does about Jobs: one step at a time, when a test says so."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from fakes.kubernetes.api import Api
from fakes.kubernetes.deletion import delete, reap, without_finalizer
from fakes.kubernetes.endings import (
    CONDITIONS,
    Ending,
    condition,
    ending,
    is_true,
    no_longer,
    seconds_since,
)
from fakes.kubernetes.events import Remarks
from fakes.kubernetes.job_pods import TRACKING, new_pod, wanted_indexes
from fakes.kubernetes.pods import INDEX
from fakes.kubernetes.progress import Progress, Verdict, ranges, verdict
from fakes.kubernetes.resources import JOBS, PODS, SERVICE_ACCOUNTS, Thing
from fakes.kubernetes.store import edit, key_of

_ENDED: Final = ("Succeeded", "Failed")


class Jobs:
    """Makes pods for Jobs, counts how they end, and ends the Jobs."""

    def __init__(self, api: Api, remarks: Remarks) -> None:
        self._api = api
        self._remarks = remarks
        self._progress: defaultdict[str, Progress] = defaultdict(Progress)

    def step(self) -> None:
        """One look at every Job, and at its pods as they are now."""
        store = self._api.store
        with store.lock:
            owned: defaultdict[str, list[Thing]] = defaultdict(list)
            jobs = {job["metadata"]["uid"]: job for job in store.all(JOBS)}
            for pod in store.all(PODS):
                owner = _owner(pod)
                owned[owner].append(pod)
                if owner not in jobs:
                    self._let_go(pod)
            for uid, job in jobs.items():
                self._look_at(job, owned[uid])

    def _look_at(self, job: Thing, pods: Sequence[Thing]) -> None:
        status = job.get("status") or {}
        if any(is_true(status, end) for end in ("Complete", "Failed")):
            self._expire(job)
            return
        progress = self._progress[job["metadata"]["uid"]]
        found = self._count(job, pods, progress)
        active = [pod for pod in pods if pod["status"].get("phase") not in _ENDED]
        leaving = [pod for pod in active if pod["metadata"].get("deletionTimestamp")]
        stays = [pod for pod in active if not pod["metadata"].get("deletionTimestamp")]
        end = ending(job, progress, found, now=self._api.clock.now(), active=len(active))
        if end:
            conditions = self._towards(job, end, is_empty=not active)
            self._send_away(stays)
            stays = []
        elif job["spec"].get("suspend"):
            held = Ending("JobSuspended", "Job suspended")
            conditions = condition(status, "Suspended", held, now=self._api.now)
            self._call_back(stays)
            stays = []
        else:
            conditions = no_longer(status, "Suspended")
            self._call_back(stays[job["spec"]["parallelism"] :])
            stays = stays[: job["spec"]["parallelism"]]
            if not job["metadata"].get("deletionTimestamp"):
                stays += self._make_pods(job, progress, stays, leaving)
        self._tell(job, progress, conditions, (len(stays), len(leaving), _ready(stays)))

    def _count(self, job: Thing, pods: Sequence[Thing], progress: Progress) -> Verdict | None:
        """Counts each pod that has ended, once; the first verdict that ends the Job."""
        found: Verdict | None = None
        for pod in pods:
            if TRACKING not in (pod["metadata"].get("finalizers") or ()):
                reap(self._api.store, PODS, pod)
                continue
            phase = pod["status"].get("phase")
            waits = _is_silent(pod) and job["spec"].get("podReplacementPolicy") == "Failed"
            if phase not in _ENDED and (waits or not pod["metadata"].get("deletionTimestamp")):
                continue
            index = int(pod["metadata"]["labels"].get(INDEX, 0))
            if phase == "Succeeded":
                progress.succeeded += (
                    not _is_indexed(job) or index not in progress.completed_indexes
                )
                progress.completed_indexes.add(index)
            else:
                found = self._count_failure(job, pod, progress) or found
            self._let_go(pod)
        return found

    def _count_failure(self, job: Thing, pod: Thing, progress: Progress) -> Verdict | None:
        judged, spec = verdict(job, pod), job["spec"]
        index = int(pod["metadata"]["labels"].get(INDEX, 0))
        progress.failed += judged.action != "Ignore"
        if judged.action == "FailJob":
            return judged
        if judged.action == "Ignore":
            return None
        progress.failures[index] += 1
        limit = spec.get("backoffLimitPerIndex")
        if limit is not None and (judged.action == "FailIndex" or progress.failures[index] > limit):
            progress.failed_indexes.add(index)
        return None

    def _make_pods(
        self, job: Thing, progress: Progress, stays: Sequence[Thing], leaving: Sequence[Thing]
    ) -> list[Thing]:
        spec, namespace = job["spec"], job["metadata"]["namespace"]
        waits = leaving if spec.get("podReplacementPolicy") == "Failed" else ()
        taken = [int(pod["metadata"]["labels"].get(INDEX, 0)) for pod in (*stays, *waits)]
        indexes = wanted_indexes(job, progress, taken)
        account = spec["template"]["spec"].get("serviceAccountName")
        if indexes and account and not self._api.store.find(SERVICE_ACCOUNTS, namespace, account):
            self._remark(
                job,
                "FailedCreate",
                f'Error creating: pods "{job["metadata"]["name"]}-" is forbidden: error looking '
                f'up service account {namespace}/{account}: serviceaccount "{account}" not found',
            )
            return []
        made = [
            self._api.store.put(
                PODS, new_pod(job, index, progress.failures[index or 0], self._api.now)
            )
            for index in indexes
        ]
        for pod in made:
            self._remark(job, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        return made

    def _towards(self, job: Thing, end: Ending, *, is_empty: bool) -> list[dict[str, Any]]:
        """The conditions of a Job that ends: the last comes when its pods are gone."""
        status = job.get("status") or {}
        first, last = CONDITIONS[end.succeeded]
        if not is_true(status, first):
            return condition(status, first, end, now=self._api.now)
        if not is_empty:
            return list(status["conditions"])
        remark = ("Completed", "Job completed") if end.succeeded else (end.reason, end.message)
        self._remark(job, *remark)
        return condition(status, last, end, now=self._api.now)

    def _tell(
        self,
        job: Thing,
        progress: Progress,
        conditions: list[dict[str, Any]],
        pods: tuple[int, int, int],
    ) -> None:
        status: dict[str, Any] = {"uncountedTerminatedPods": {}}
        if not job["spec"].get("suspend"):
            status["startTime"] = (job.get("status") or {}).get("startTime") or self._api.now
        counts = {
            "active": pods[0],
            "terminating": pods[1],
            "ready": pods[2],
            "succeeded": progress.succeeded,
            "failed": progress.failed,
        }
        status |= {key: count for key, count in counts.items() if count or key in _ALWAYS}
        if _is_indexed(job):
            if progress.completed_indexes:
                status["completedIndexes"] = ranges(progress.completed_indexes)
            if job["spec"].get("backoffLimitPerIndex") is not None:
                status["failedIndexes"] = ranges(progress.failed_indexes)
        if conditions:
            status["conditions"] = conditions
        if is_true(status, "Complete"):
            status["completionTime"] = self._api.now
        edit(self._api.store, JOBS, key_of(job), lambda old: {**old, "status": status})

    def _expire(self, job: Thing) -> None:
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        ended = job["status"]["conditions"][-1]["lastTransitionTime"]
        if ttl is not None and seconds_since(ended, self._api.clock.now()) >= ttl:
            background = {"propagationPolicy": "Background"}
            delete(self._api.store, JOBS, job, background, self._api.now)

    def _call_back(self, pods: Sequence[Thing]) -> None:
        """Deletes pods that did nothing wrong: their end doesn't count."""
        for pod in pods:
            edit(self._api.store, PODS, key_of(pod), without_finalizer(TRACKING))
        self._send_away([one for pod in pods if (one := self._api.store.find(PODS, *key_of(pod)))])

    def _send_away(self, pods: Sequence[Thing]) -> None:
        for pod in pods:
            delete(self._api.store, PODS, pod, {}, self._api.now)

    def _let_go(self, pod: Thing) -> None:
        left = edit(self._api.store, PODS, key_of(pod), without_finalizer(TRACKING))
        if left:
            reap(self._api.store, PODS, left)

    def _remark(self, job: Thing, reason: str, message: str) -> None:
        self._remarks.add(JOBS, job, reason, message, now=self._api.now)


_ALWAYS: Final = ("terminating", "ready")


def _owner(pod: Thing) -> str:
    owners = pod["metadata"].get("ownerReferences") or ()
    return next((str(one["uid"]) for one in owners if one.get("controller")), "")


def _is_silent(pod: Thing) -> bool:
    """Whether nobody hears of the pod any more, so that nobody knows whether it has failed."""
    conditions = pod["status"].get("conditions") or ()
    return any(one.get("reason") == "DeletionByTaintManager" for one in conditions)


def _is_indexed(job: Thing) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def _ready(pods: Sequence[Thing]) -> int:
    return sum(pod["status"].get("phase") == "Running" for pod in pods)
