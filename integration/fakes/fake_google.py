"""The fake as tests hold it: its APIs, its clock, its faults, and what it has been asked."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fakes.call import Call
from fakes.clock import Clock
from fakes.discovery import Method, read_api
from fakes.gke import Clusters
from fakes.logging_api import Logs
from fakes.misbehaviour import Asked, Fault, Misbehaviour
from fakes.refusals import Refusal, Refused, invalid, not_found, unimplemented
from fakes.tokens import Tokens
from fakes.vertex import CustomJobs

_APIS = (("aiplatform", "v1"), ("logging", "v2"), ("container", "v1"), ("compute", "v1"))
_WELL = Fault(effect=True)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it comes over the wire."""

    verb: str
    target: str
    body: bytes = b""
    authorization: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back over the wire, if nothing happens to it."""

    code: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = _WELL


class FakeGoogle:
    """Vertex AI's custom jobs, their logs, and GKE's clusters, for all projects and regions."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.jobs = CustomJobs(clock=self.clock)
        self.logs = Logs(self.clock)
        self.clusters = Clusters()
        self.faults = Misbehaviour()
        self._methods: Mapping[str, Callable[[Call], dict[str, Any]]] = {
            **self.jobs.methods,
            **self.logs.methods,
            **self.clusters.methods,
        }
        self._apis = [read_api(*api) for api in _APIS]
        self._asked: dict[int, Asked] = {}
        self._numbers = 0
        self._lock = threading.Lock()

    @property
    def asked(self) -> list[Asked]:
        """Every request to an API, in the order in which they came."""
        with self._lock:
            return [self._asked[number] for number in sorted(self._asked)]

    def count(self, method: str) -> int:
        """How often a method was asked for, such as ``customJobs.create``."""
        return sum(asked.method == method for asked in self.asked)

    def answer(self, request: Request) -> Answer:
        """Carries a request out, unless it is wrong or a fault has been planned for it."""
        asked, method = self._note(request)
        fault = self.faults.pick(asked) or _WELL
        answer = Answer(code=200, body={}, fault=fault)
        if fault.effect:
            try:
                answer = replace(answer, body=self._carry_out(asked, method, request))
            except Refused as refused:
                answer = _refuse(refused.refusal, fault)
        if fault.refusal:
            answer = _refuse(fault.refusal, fault)
        with self._lock:
            self._asked[asked.number] = replace(asked, code=answer.code)
        return answer

    def _note(self, request: Request) -> tuple[Asked, Method | None]:
        address = urlsplit(request.target)
        method, path = self._find(request.verb, address.path)
        with self._lock:
            self._numbers += 1
            asked = Asked(
                number=self._numbers,
                method=_short(method.id) if method else address.path,
                path=path,
                query=dict(parse_qsl(address.query, keep_blank_values=True)),
                body=_read_json(request.body),
            )
            self._asked[asked.number] = asked
        return asked, method

    def _find(self, verb: str, path: str) -> tuple[Method | None, dict[str, str]]:
        """What is asked for; of APIs that have one address for two things, that which we can do."""
        found = [match for api in self._apis if (match := api.find(verb, path))]
        found.sort(key=lambda match: match[0].id not in self._methods)
        return found[0] if found else (None, {})

    def _carry_out(self, asked: Asked, method: Method | None, request: Request) -> dict[str, Any]:
        if method is None:
            raise Refused(not_found(f"{request.verb} {request.target}"))
        if method.id not in self._methods:
            raise Refused(unimplemented(f"The fake can't do {method.id}."))
        self.tokens.check(request.authorization)
        if wrong := self._complaints(asked, method, request):
            raise Refused(invalid(*wrong))
        if "fields" in asked.query:
            raise Refused(unimplemented("The fake can't leave out fields."))
        body = {} if asked.body is None else asked.body
        return self._methods[method.id](
            Call(
                number=asked.number, method=method.id, path=asked.path, query=asked.query, body=body
            )
        )

    def _complaints(self, asked: Asked, method: Method, request: Request) -> list[str]:
        schemas = next(api.schemas for api in self._apis if method in api.methods)
        texts = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
        wrong = [f'Parameter "{name}" is given twice.' for name, _ in texts[len(asked.query) :]]
        for name, text in texts:
            if name in method.query:
                wrong += schemas.complaints_about_parameter(name, method.query[name], text)
            else:
                wrong.append(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query '
                    f"parameter. Field '{name}' could not be found in request message."
                )
        if method.request is None:
            return wrong + ["The request must have no body."] * bool(request.body)
        if request.body and asked.body is None:
            return [*wrong, "Invalid JSON payload received. It can't be parsed."]
        body = {} if asked.body is None else asked.body
        return wrong + schemas.complaints_about_request(method.request, body)


def _refuse(refusal: Refusal, fault: Fault) -> Answer:
    return Answer(code=refusal.code, body=refusal.body, headers=refusal.headers, fault=fault)


def _short(method: str) -> str:
    return ".".join(method.split(".")[-2:])


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
