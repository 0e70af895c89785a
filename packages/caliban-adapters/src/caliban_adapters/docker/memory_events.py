"""Whether a container was out of memory when it was killed.

The notice of that and the end of the container take two ways to the engine. Where the end comes
first, the container's state doesn't tell, and only the engine's events do.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from caliban_adapters.docker.engine import engine_errors

if TYPE_CHECKING:
    from docker import APIClient

_KILLED: Final = 137
_AT_MOST: Final = 1  # second: so late a notice may be


def with_its_reason(engine: "APIClient", inspected: Mapping[str, Any]) -> Mapping[str, Any]:
    """An inspected container whose state tells if it was out of memory."""
    state = inspected["State"]
    if state["ExitCode"] != _KILLED or state["OOMKilled"] or not inspected["HostConfig"]["Memory"]:
        return inspected
    return {**inspected, "State": {**state, "OOMKilled": _is_told(engine, inspected["Id"])}}


def _is_told(engine: "APIClient", container: str) -> bool:
    with engine_errors():
        events = engine.events(
            since=1,  # as far back as the engine remembers
            until=int(time.time()) + _AT_MOST,
            filters={"container": container, "event": "oom"},
            decode=True,
        )
        with closing(events):
            return any(True for _ in events)
