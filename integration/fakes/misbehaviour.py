"""What goes wrong, and at which request."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.refusals import (
    Refusal,
    api_not_enabled,
    internal,
    permission_denied,
    quota_exceeded,
    rate_exceeded,
    token_expired,
    unavailable,
)

_LONGEST_DELAY = 10.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as tests see it.

    Attributes:
        number: the how-manieth request to the fake it is, from 1.
        method: the API's method, such as ``customJobs.create``; for an address that isn't served,
            the address.
        code: the HTTP status that it was answered with, heard or not; 0 as long as it has none.
    """

    number: int
    method: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    code: int = 0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way of going wrong.

    Attributes:
        refusal: what is answered in place of the truth.
        effect: whether the request is carried out all the same.
        delay: how many seconds the answer takes.
        heard: how much of the answer arrives before the connection ends; 1 is all of it.
        meanwhile: called between effect and answer: a test ends its client here.
    """

    refusal: Refusal | None = None
    effect: bool = False
    delay: float = 0
    heard: float = 1
    meanwhile: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        assert 0 <= self.delay <= _LONGEST_DELAY


RATE_LIMIT = Fault(refusal=rate_exceeded())
RATE_LIMIT_RETRY_AFTER = Fault(refusal=rate_exceeded(retry_after=1))
INTERNAL_ERROR = Fault(refusal=internal())
INTERNAL_ERROR_AFTER_EFFECT = Fault(refusal=internal(), effect=True)
UNAVAILABLE = Fault(refusal=unavailable())
UNAVAILABLE_AFTER_EFFECT = Fault(refusal=unavailable(), effect=True)
DROP_BEFORE_EFFECT = Fault(heard=0)
DROP_AFTER_EFFECT = Fault(effect=True, heard=0)
HALF_AN_ANSWER = Fault(effect=True, heard=0.5)
EXPIRED_TOKEN = Fault(refusal=token_expired())
PERMISSION_DENIED = Fault(refusal=permission_denied())
API_NOT_ENABLED = Fault(refusal=api_not_enabled())
QUOTA_EXCEEDED = Fault(refusal=quota_exceeded())

# What is over once it is tried again: an expired token, if the client can get another.
TRANSIENT = (
    RATE_LIMIT,
    RATE_LIMIT_RETRY_AFTER,
    INTERNAL_ERROR,
    INTERNAL_ERROR_AFTER_EFFECT,
    UNAVAILABLE,
    UNAVAILABLE_AFTER_EFFECT,
    DROP_BEFORE_EFFECT,
    DROP_AFTER_EFFECT,
    HALF_AN_ANSWER,
    EXPIRED_TOKEN,
)
# What no further try changes.
LASTING = (PERMISSION_DENIED, API_NOT_ENABLED, QUOTA_EXCEEDED)


def slow(seconds: float) -> Fault:
    """The right answer, but late."""
    return Fault(effect=True, delay=seconds)


@dataclass
class _Planned:
    applies: Callable[[Asked], bool]
    fault: Fault
    left: int | None


class Misbehaviour:
    """The faults that a test has planned; without any, all goes well."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()

    def at(self, number: int, fault: Fault) -> None:
        """The request of this number, from 1, goes wrong."""
        self.when(lambda asked: asked.number == number, fault)

    def on(self, method: str, fault: Fault, *, times: int | None = 1) -> None:
        """The next requests of a method go wrong; ``times=None`` is all of them."""
        self.when(lambda asked: asked.method == method, fault, times=times)

    def when(
        self, applies: Callable[[Asked], bool], fault: Fault, *, times: int | None = 1
    ) -> None:
        """The next requests of which this is true go wrong."""
        with self._lock:
            self._planned.append(_Planned(applies, fault, times))

    def end(self) -> None:
        """From now on all goes well."""
        with self._lock:
            self._planned.clear()

    def pick(self, asked: Asked) -> Fault | None:
        """The fault for a request: the first planned that applies, which it uses up."""
        with self._lock:
            for planned in self._planned:
                if planned.left != 0 and planned.applies(asked):
                    planned.left = None if planned.left is None else planned.left - 1
                    return planned.fault
        return None
