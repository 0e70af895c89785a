"""What jobs wrote, as Cloud Logging keeps it."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from caliban_adapters.gcp.apis import Apis, ask
from caliban_adapters.vertex.patience import Backoff

_PAGE: Final = 1000
_NOT_THE_JOB: Final = "service"  # what Vertex AI itself notes of each job
_BETWEEN_LOOKS: Final = 5.0  # seconds; a project may look 60 times a minute
_DISORDER: Final = timedelta(seconds=30)
_LAST_LOOKS: Final = 2  # after the end, which entries may reach later than its news


class LogEntries:
    """Reads the entries of one job, which its number tells from others. Raises Failures."""

    def __init__(self, apis: Apis, backoff: Backoff, *, project: str, number: str) -> None:
        self._apis = apis
        self._backoff = backoff
        self._project = project
        self._number = number

    def read(self, since: datetime) -> Iterator[bytes]:
        """All that the job has written so far, line by line."""
        return map(_line, self._entries(since))

    def follow(self, since: datetime, is_over: Callable[[], bool]) -> Iterator[bytes]:
        """What it has written and writes, until it has ended."""
        seen: dict[str, datetime] = {}
        looks = _LAST_LOOKS
        while looks:
            has_ended = is_over()
            for entry in self._entries(since):
                if entry["insertId"] not in seen:
                    seen[entry["insertId"]] = datetime.fromisoformat(entry["timestamp"])
                    looks = _LAST_LOOKS
                    yield _line(entry)
            if seen:
                since = max(seen.values()) - _DISORDER
                seen = {entry: at for entry, at in seen.items() if at >= since}
            looks -= has_ended
            if looks:
                self._backoff.clock.sleep(_BETWEEN_LOOKS)

    def _entries(self, since: datetime) -> Iterator[dict[str, Any]]:
        entries = self._apis.build("logging", "v2").entries()
        question = {
            "resourceNames": [f"projects/{self._project}"],
            "filter": f'resource.type="ml_job" AND resource.labels.job_id="{self._number}" '
            f'AND NOT resource.labels.task_name="{_NOT_THE_JOB}" '
            f'AND timestamp>="{since.isoformat()}"',
            "orderBy": "timestamp asc",
            "pageSize": _PAGE,
        }
        while True:
            page = self._page(entries.list(body=question))
            yield from page.get("entries", ())
            if not (token := page.get("nextPageToken")):
                return
            question = {**question, "pageToken": token}

    def _page(self, request: Any) -> dict[str, Any]:
        return self._backoff.repeat(lambda: ask(request, project=self._project))


def _line(entry: dict[str, Any]) -> bytes:
    fields = entry.get("jsonPayload", {})
    text: str = entry.get("textPayload") or fields.get("message", "")
    if fields and "message" not in fields:
        text = json.dumps(fields)
    return (text if text.endswith("\n") else f"{text}\n").encode()
