"""The API server as it answers: who asks, what of, and what goes wrong on the way."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from fakes.clock import Clock
from fakes.kubernetes.access import Accounts, check_access, review
from fakes.kubernetes.discovery import OPEN_TO_ALL, told
from fakes.kubernetes.logs import Logs
from fakes.kubernetes.objects import Objects, Wish
from fakes.kubernetes.resources import (
    ACCESS_REVIEWS,
    JOBS,
    LOCAL_QUEUES,
    PODS,
    RESOURCES,
    Address,
    read_address,
    verb_of,
)
from fakes.kubernetes.statuses import bad_request, method_not_allowed, no_such_path, too_large
from fakes.kubernetes.store import Store
from fakes.kubernetes.watches import Watches
from fakes.misbehaviour import Asked, Fault, Misbehaviour
from fakes.refusals import Refusal, Refused

QUEUE: Final = "kueue.x-k8s.io/queue-name"
_WELL: Final = Fault(effect=True)
_LARGEST_BODY: Final = 3 * 2**20


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it comes over the wire."""

    verb: str
    target: str
    body: bytes = b""
    content_type: str = "application/json"
    authorization: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back over the wire, if nothing happens to it: one body, or pieces as they come."""

    code: int
    body: Any = None
    pieces: Iterator[bytes] | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = _WELL


class Api:
    """Answers requests, and remembers them; before each, it lets happen what is ``meanwhile``."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.ended = threading.Event()
        self.faults = Misbehaviour()
        self.accounts = Accounts()
        self.store = Store()
        self.logs = Logs(self.store, self.ended)
        self.watches = Watches(self.store, self.ended)
        self.objects = Objects(self.store)
        self.has_kueue = False
        self.meanwhile: Callable[[], object] = lambda: None
        self._asked: dict[int, Asked] = {}
        self._lock = threading.Lock()

    @property
    def now(self) -> str:
        """The moment, as Kubernetes writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def asked(self) -> list[Asked]:
        """Every request, in the order in which they came."""
        with self._lock:
            return [self._asked[number] for number in sorted(self._asked)]

    def count(self, method: str) -> int:
        """How often something was asked for, such as ``jobs.create`` or ``pods/log.get``."""
        return sum(asked.method == method for asked in self.asked)

    def forget(self) -> None:
        """Tokens of lists and versions of watches that there are, are too old from now on."""
        self.store.forget()
        self.objects.lists.forget()

    def answer(self, request: Request) -> Answer:
        """Carries a request out, unless it is wrong or a fault has been planned for it."""
        asked, address = self._note(request)
        self.meanwhile()
        fault = self.faults.pick(asked) or _WELL
        answer = Answer(code=200, body={}, fault=fault)
        try:
            if fault.effect:
                answer = replace(self._carry_out(asked, address, request), fault=fault)
        except Refused as refused:
            answer = _refuse(refused.refusal, fault)
        if fault.refusal:
            answer = _refuse(fault.refusal, fault)
        with self._lock:
            self._asked[asked.number] = replace(asked, code=answer.code)
        return answer

    def _note(self, request: Request) -> tuple[Asked, Address | None]:
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        address = read_address(parts.path)
        method = parts.path
        if address:
            watches = query.get("watch") in ("true", "1")
            method = f"{address.qualified}.{verb_of(request.verb, address, watches=watches)}"
        with self._lock:
            asked = Asked(
                number=len(self._asked) + 1,
                method=method,
                path=address.path if address else {},
                query=query,
                body=_read_json(request.body),
            )
            self._asked[asked.number] = asked
        return asked, address

    def _carry_out(self, asked: Asked, address: Address | None, request: Request) -> Answer:
        account = self.accounts.who(request.authorization)
        path = urlsplit(request.target).path
        if address is None:
            if LOCAL_QUEUES.group in path and not self.has_kueue:
                raise Refused(no_such_path())
            return _told(path, is_known=request.authorization is not None)
        wish = Wish(
            verb=asked.method.rpartition(".")[2],
            address=address,
            query=asked.query,
            body=asked.body,
            content_type=request.content_type,
            now=self.now,
        )
        check_access(account, wish.verb, address)
        if address.resource == LOCAL_QUEUES and not self.has_kueue:
            raise Refused(no_such_path())
        if address.resource == ACCESS_REVIEWS:
            return Answer(code=201, body=review(account, asked.body, _asked_about(asked.body)))
        if wish.verb not in address.resource.verbs:
            raise Refused(method_not_allowed())
        if len(request.body) > _LARGEST_BODY:
            raise Refused(too_large())
        if request.body and asked.body is None:
            raise Refused(bad_request("the body of the request is not JSON"))
        if wish.verb == "watch":
            return Answer(code=200, pieces=self.watches.events(address, asked.query))
        if address.resource == PODS and address.subresource == "log":
            pod = self.objects.find(address)
            pieces = self.logs.read(pod, asked.query)
            return Answer(code=200, pieces=pieces, content_type="text/plain")
        code, body = self.objects.do(self._seen_by_kueue(wish))
        return Answer(code=code, body=body)

    def _seen_by_kueue(self, wish: Wish) -> Wish:
        """A new Job for one of its queues waits until there is room."""
        creates = wish.verb == "create" and wish.address.resource == JOBS
        if not (self.has_kueue and creates and isinstance(wish.body, dict)):
            return wish
        labels = (wish.body.get("metadata") or {}).get("labels") or {}
        if QUEUE not in labels or not isinstance(wish.body.get("spec"), dict):
            return wish
        return replace(wish, body={**wish.body, "spec": {**wish.body["spec"], "suspend": True}})


def _refuse(refusal: Refusal, fault: Fault) -> Answer:
    return Answer(code=refusal.code, body=refusal.body, headers=refusal.headers, fault=fault)


def _told(path: str, *, is_known: bool) -> Answer:
    body = told(path)
    if body is None or not (is_known or path in OPEN_TO_ALL):
        raise Refused(no_such_path())
    return Answer(code=200, body=body)


def _asked_about(body: Any) -> Address | None:
    wanted = body.get("spec", {}).get("resourceAttributes") or {}
    for resource in RESOURCES:
        if (resource.group, resource.plural) == (wanted.get("group", ""), wanted.get("resource")):
            return Address(
                resource=resource,
                namespace=wanted.get("namespace", ""),
                name=wanted.get("name", ""),
                subresource=wanted.get("subresource", ""),
            )
    return None


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
