"""Vertex AI's custom jobs: what is kept of them, and how they come to their end."""

import re
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.call import Call
from fakes.clock import Clock, Submissions, rfc3339
from fakes.discovery import read_api
from fakes.job_filter import job_filter
from fakes.job_rules import broken_rules
from fakes.job_states import (
    CANCELLED,
    CANCELLING,
    FAILED,
    FINAL,
    FOLLOWERS,
    HAS_END_TIME,
    PENDING,
    RUNNING,
)
from fakes.list_filter import BadFilter, Predicate
from fakes.pages import page_token, read_page_token
from fakes.refusals import Refused, failed_precondition, invalid, not_found

PREFIX = "aiplatform.projects.locations.customJobs"
_CODE_CANCELLED, _CODE_INTERNAL = 1, 13
_API = read_api("aiplatform", "v1")
_FIELDS = _API.schemas.definitions["GoogleCloudAiplatformV1CustomJob"]["properties"]

Json = dict[str, Any]


@dataclass(kw_only=True)
class _Job:
    shown: Json
    number: int
    listed_from: int
    course: list[str]
    seen: int = 0


@dataclass(kw_only=True)
class CustomJobs:
    """The jobs of all projects and regions.

    Attributes:
        submissions: what may be created and deleted within a minute.
        first_state: how a job begins.
        course: the states that each job made from now on passes through by itself; without any,
            only ``advance`` moves it.
        patience: how often a job is shown in one state before it goes on to the next of its course.
        listing_lag: a job is in lists only after this many further requests.
        page_limit: the most jobs on one page, whatever is asked for.
    """

    clock: Clock
    submissions: Submissions = field(init=False)
    first_state: str = PENDING
    course: tuple[str, ...] = ()
    patience: int = 1
    listing_lag: int = 0
    page_limit: int = 100
    _jobs: dict[str, _Job] = field(default_factory=dict)
    _made: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.submissions = Submissions(self.clock)

    @property
    def methods(self) -> Mapping[str, Callable[[Call], Json]]:
        return {
            f"{PREFIX}.create": self._create,
            f"{PREFIX}.get": self._get,
            f"{PREFIX}.list": self._list,
            f"{PREFIX}.cancel": self._cancel,
            f"{PREFIX}.delete": self._delete,
        }

    def all(self) -> list[Json]:
        """Every job that is kept, oldest first, in lists or not yet."""
        with self._lock:
            return [dict(job.shown) for job in self._jobs.values()]

    def advance(self, name: str, *states: str, error: str = "") -> None:
        """A job passes through states, which end its own course.

        Args:
            name: the job's resource name, with the project's id or its number.
            states: where it goes, in order; each must be able to follow the one before.
            error: what the job says of its failure.
        """
        with self._lock:
            job = self._find(name)
            job.course.clear()
            for state in states:
                self._enter(job, state)
            if error:
                job.shown["error"] = {"code": _CODE_INTERNAL, "message": error}

    def _create(self, call: Call) -> Json:
        if wrong := broken_rules(call.body):
            raise Refused(invalid(*wrong))
        parent = _parent(call)
        with self._lock:
            self.submissions.count(parent)
            self._made += 1
            name, now = f"{parent}/customJobs/{10**18 + self._made}", rfc3339(self.clock.now())
            times = {"createTime": now, "updateTime": now}
            shown = {"name": name, **call.body, "state": self.first_state, **times}
            self._jobs[name] = _Job(
                shown=shown,
                number=self._made,
                listed_from=call.number + 1 + self.listing_lag,
                course=list(self.course),
            )
            return dict(shown)

    def _get(self, call: Call) -> Json:
        with self._lock:
            return self._show(self._find(_name(call)))

    def _list(self, call: Call) -> Json:
        parent, question = _parent(call), call.query.get("filter", "")
        keep, pick = _filter(question), _read_mask(call.query.get("readMask", ""))
        size = self._page_size(int(call.query.get("pageSize", "0")))
        question = f"{parent} {question}"
        token = call.query.get("pageToken")
        with self._lock:
            before = read_page_token(question, token) if token else self._made + 1
            found = [
                job
                for job in reversed(self._jobs.values())
                if job.number < before
                and job.listed_from <= call.number
                and job.shown["name"].startswith(f"{parent}/customJobs/")
                and keep(job.shown)
            ]
            answer: Json = {"customJobs": [pick(self._show(job)) for job in found[:size]]}
        if len(found) > size:
            answer["nextPageToken"] = page_token(question, found[size - 1].number)
        return answer if found else {}

    def _cancel(self, call: Call) -> Json:
        with self._lock:
            job = self._find(_name(call))
            if job.shown["state"] in FINAL:
                raise Refused(failed_precondition(f"{job.shown['name']} has already ended."))
            if job.shown["state"] != CANCELLING:
                self._enter(job, CANCELLING)
                job.course, job.seen = [CANCELLED], 0
        return {}

    def _delete(self, call: Call) -> Json:
        with self._lock:
            job = self._find(_name(call))
            if job.shown["state"] not in FINAL:
                raise Refused(failed_precondition(f"{job.shown['name']} hasn't ended."))
            self.submissions.count(_parent(call))
            del self._jobs[job.shown["name"]]
        empty = {"@type": "type.googleapis.com/google.protobuf.Empty"}
        return {"name": f"{_parent(call)}/operations/{job.number}", "done": True, "response": empty}

    def _find(self, name: str) -> _Job:
        kind, project, *rest = name.split("/")
        try:
            return self._jobs["/".join((kind, project_number(project), *rest))]
        except KeyError:
            raise Refused(not_found(f"CustomJob {name}")) from None

    def _show(self, job: _Job) -> Json:
        shown = dict(job.shown)
        job.seen += 1
        if job.course and job.seen >= self.patience:
            self._enter(job, job.course.pop(0))
        return shown

    def _enter(self, job: _Job, state: str) -> None:
        before = job.shown["state"]
        if state not in FOLLOWERS[before]:
            raise ValueError(f"a job can't go from {before} to {state}")
        now = rfc3339(self.clock.now())
        job.shown |= {"state": state, "updateTime": now}
        job.seen = 0
        if state == RUNNING:
            job.shown.setdefault("startTime", now)
        if state in HAS_END_TIME:
            job.shown["endTime"] = now
        if state == CANCELLED:
            job.shown["error"] = {"code": _CODE_CANCELLED, "message": "CANCELED"}
        if state == FAILED:
            message = "The replica workerpool0-0 exited with a non-zero status of 1."
            job.shown["error"] = {"code": _CODE_INTERNAL, "message": message}

    def _page_size(self, asked: int) -> int:
        if asked < 0:
            raise Refused(invalid("The page size can't be negative."))
        return min(asked or self.page_limit, self.page_limit)


def project_number(project: str) -> str:
    """What Google writes for a project in the names that it answers with."""
    return project if project.isdigit() else str(10**11 + zlib.crc32(project.encode()))


def _parent(call: Call) -> str:
    location = call.path["locationsId"]
    if location not in _API.locations:
        raise Refused(invalid(f"Vertex AI isn't in {location}."))
    return f"projects/{project_number(call.path['projectsId'])}/locations/{location}"


def _name(call: Call) -> str:
    return f"{_parent(call)}/customJobs/{call.path['customJobsId']}"


def _filter(text: str) -> Predicate:
    try:
        return job_filter(text)
    except BadFilter as error:
        raise Refused(invalid(f"Invalid list filter: {text!r}: {error}")) from error


def _read_mask(text: str) -> Callable[[Json], Json]:
    """Leaves of a job the fields that are named, in whichever of Google's two spellings."""
    if not text or text == "*":
        return lambda job: job
    wanted = {_camel(word) for word in text.split(",")}
    if unknown := sorted(wanted - _FIELDS.keys()):
        raise Refused(invalid(f"Invalid field mask: {unknown[0]!r} isn't a field of a CustomJob"))
    return lambda job: _only(job, wanted)


def _only(job: Json, wanted: Iterable[str]) -> Json:
    return {name: value for name, value in job.items() if name in wanted}


def _camel(word: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), word)
