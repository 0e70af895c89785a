"""Cloud Logging, as far as it keeps what jobs write."""

import operator
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fakes.call import Call
from fakes.clock import Clock, rfc3339
from fakes.list_filter import OPERATORS, BadFilter, Comparison, Predicate, read_filter
from fakes.pages import page_token, read_page_token
from fakes.refusals import Refused, invalid
from fakes.schema import parse_time
from fakes.vertex import project_number

Json = dict[str, Any]

_PAGE, _LARGEST_PAGE = 50, 1000
_PROJECT = re.compile("projects/[^/]+")
_ORDERS = {"", "timestamp asc", "timestamp desc"}
_TEXTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "resource.type": lambda entry: entry["resource"]["type"],
    "logName": operator.itemgetter("logName"),
    "insertId": operator.itemgetter("insertId"),
}


class Logs:
    """What jobs have written, in the order of time."""

    methods: Mapping[str, Callable[[Call], Json]]

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Json] = []
        self._lock = threading.Lock()
        self.methods = {"logging.entries.list": self._list}

    def write(
        self,
        job: str,
        text: str | Json,
        *,
        task: str = "workerpool0-0",
        at: datetime | None = None,
        as_json: bool = False,
    ) -> None:
        """A job writes a line, which a test may give any time, also a past one.

        Args:
            job: the job's resource name.
            text: what it writes; an object of its own makes a ``jsonPayload``.
            task: which of its replicas.
            at: when; by default now.
            as_json: whether the text comes in ``jsonPayload.message``, not in ``textPayload``.
        """
        _, project, _, region, _, number = job.split("/")
        labels = {"project_id": project, "region": region, "job_id": number, "task_name": task}
        with self._lock:
            moment = rfc3339(at or self._clock.now())
            entry = {
                "logName": f"projects/{project}/logs/{task}",
                "resource": {"type": "ml_job", "labels": labels},
                "insertId": f"{len(self._entries):010}",
                "timestamp": moment,
                "receiveTimestamp": rfc3339(self._clock.now()),
                "severity": "INFO",
                **_payload({"message": text} if as_json else text),
            }
            self._entries.append(entry)

    def _list(self, call: Call) -> Json:
        body = call.body
        question = repr([body.get(name) for name in ("resourceNames", "filter", "orderBy")])
        start = read_page_token(question, body["pageToken"]) if body.get("pageToken") else 0
        found = self._found(body)
        end = start + _page_size(body)
        answer: Json = {"entries": found[start:end]} if found[start:end] else {}
        if len(found) > end:
            answer["nextPageToken"] = page_token(question, end)
        return answer

    def _found(self, body: Mapping[str, Any]) -> list[Json]:
        order = body.get("orderBy", "")
        if order not in _ORDERS:
            raise Refused(invalid(f"orderBy is one of {sorted(_ORDERS)}"))
        names = body.get("resourceNames", [])
        if not names or not all(_PROJECT.fullmatch(name) for name in names):
            raise Refused(invalid("resourceNames must name projects"))
        projects = {project_number(name.split("/")[1]) for name in names}
        keep = _filter(body.get("filter", ""))
        with self._lock:
            found = [
                entry
                for entry in self._entries
                if project_number(entry["logName"].split("/")[1]) in projects and keep(entry)
            ]
        return sorted(found, key=_moment, reverse=order.endswith("desc"))


def _payload(written: str | Json) -> Json:
    return {"textPayload" if isinstance(written, str) else "jsonPayload": written}


def _moment(entry: Json) -> tuple[datetime | None, str]:
    return parse_time(entry["timestamp"]), entry["insertId"]


def _page_size(body: Mapping[str, Any]) -> int:
    size = int(body.get("pageSize", _PAGE))
    if size < 0:
        raise Refused(invalid("The page size can't be negative."))
    return min(size or _PAGE, _LARGEST_PAGE)


def _filter(text: str) -> Predicate:
    try:
        return read_filter(text, _meaning)
    except BadFilter as error:
        raise Refused(invalid(f"Unparseable filter: {text!r}: {error}")) from error


def _meaning(comparison: Comparison) -> Predicate:
    comparison.must_use(*OPERATORS)
    compare = OPERATORS[comparison.operator]
    if comparison.field == "timestamp":
        moment = parse_time(comparison.value)
        if moment is None:
            raise BadFilter(f"'{comparison.value}' isn't a time in RFC 3339")
        return lambda entry: compare(parse_time(entry["timestamp"]), moment)
    before, _, label = comparison.field.rpartition(".")
    if before == "resource.labels":
        return lambda entry: compare(entry["resource"]["labels"].get(label, ""), comparison.value)
    if comparison.field not in _TEXTS:
        raise BadFilter(f"the fake doesn't know the field '{comparison.field}'")
    text = _TEXTS[comparison.field]
    return lambda entry: compare(text(entry), comparison.value)
