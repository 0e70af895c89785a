"""The requests to Vertex AI's custom jobs."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from caliban_adapters.gcp.apis import Apis, ask
from caliban_adapters.vertex.custom_job import Place
from caliban_adapters.vertex.patience import Backoff

_SHOWN: Final = "name,labels,state,error,createTime,startTime,endTime,updateTime"
_PAGE: Final = 100


class CustomJobs:
    """The custom jobs of one project in one region. Raises Failures."""

    def __init__(self, apis: Apis, place: Place, backoff: Backoff) -> None:
        self._apis = apis
        self._place = place
        self._backoff = backoff

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for a job, once."""
        request = self._jobs.create(parent=self._place.parent, body=body)
        return ask(request, project=self._place.project)

    def listed(self, question: str) -> Iterator[dict[str, Any]]:
        """The jobs that a filter lets through, newest first."""
        token = None
        while True:
            page = self._page(question, token)
            yield from page.get("customJobs", ())
            if not (token := page.get("nextPageToken")):
                return

    def shown(self, name: str) -> dict[str, Any]:
        """One job, by its resource name. Raises NotThere."""
        return self._patiently(self._jobs.get(name=name))

    def cancel(self, name: str) -> None:
        """Have a job end."""
        self._patiently(self._jobs.cancel(name=name, body={}))

    def check(self) -> None:
        """Ask for next to nothing, to learn whether we may ask at all."""
        self._patiently(self._jobs.list(parent=self._place.parent, pageSize=1))

    @cached_property
    def _jobs(self) -> Any:
        vertex = self._apis.build("aiplatform", "v1", region=self._place.region)
        return vertex.projects().locations().customJobs()

    def _page(self, question: str, token: str | None) -> dict[str, Any]:
        return self._patiently(
            self._jobs.list(
                parent=self._place.parent,
                filter=question,
                readMask=_SHOWN,
                pageSize=_PAGE,
                pageToken=token,
            )
        )

    def _patiently(self, request: Any) -> dict[str, Any]:
        return self._backoff.repeat(lambda: ask(request, project=self._place.project))
