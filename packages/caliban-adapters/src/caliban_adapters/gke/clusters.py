"""The clusters of a project: which there are, one more, one fewer."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from caliban_adapters.gcp.apis import Apis, ask
from caliban_adapters.gcp.failures import Failure, NotThere, Refused, Unclear
from caliban_adapters.gke.new_cluster import Region, Wanted, request_of
from caliban_domain.clusters import Cluster, choose, region_of
from caliban_domain.errors import PlatformError, PlatformUnavailable, UsageError

_EVERYWHERE: Final = "-"
_FIRST_LOOK: Final = 0.2  # seconds
_BETWEEN_LOOKS: Final = 5.0  # at most
_DROPPED_LOOKS: Final = 12  # in a row, before giving up on hearing how it goes

Say = Callable[[str], None]


class Clusters:
    """The clusters of one project of Google Cloud. Raises PlatformError.

    ``sleep`` waits for a number of seconds between two looks at what goes on.
    """

    def __init__(
        self, apis: Apis, project: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._apis = apis
        self._project = project
        self._sleep = sleep

    def listed(self, say: Say) -> Sequence[Cluster]:
        """Every cluster of the project, by name; ``say`` is told what couldn't be asked."""
        with told():
            answer = self._ask(self._clusters.list(parent=self._place(_EVERYWHERE)))
        if missing := answer.get("missingZones"):
            say(f"caliban: {', '.join(missing)} didn't answer; clusters there aren't shown")
        found = map(_cluster, answer.get("clusters", ()))
        return sorted(found, key=lambda each: (each.name, each.location))

    def shown(self, name: str, location: str, say: Say) -> dict[str, Any]:
        """All that Google shows of one cluster, in its own words."""
        with told():
            path = f"{self._place(location)}/clusters/{name}"
            try:
                return self._ask(self._clusters.get(name=path))
            except NotThere as failure:
                missing = failure
        try:
            choose(self.listed(say), project=self._project, name=name, location=location)
        except UsageError as error:
            raise PlatformError(error.message, hint=error.hint) from missing
        raise PlatformUnavailable(f"cluster {name} can't be looked at yet") from missing

    def request(self, wanted: Wanted) -> dict[str, Any]:
        """The request that would make the cluster, within the quotas of today."""
        if wanted.autopilot:
            return request_of(wanted, None)
        with told():
            return request_of(wanted, self._region(region_of(wanted.location)))

    def create(self, wanted: Wanted, request: dict[str, Any], say: Say) -> None:
        """Have the cluster made, and wait until it is there."""
        with told():
            operation = self._ask(self._clusters.create(parent=wanted.parent, body=request))
            say(f"creating cluster {wanted.name} in {wanted.location}, which takes about 5 minutes")
            say(f"it can be watched at {self.page(wanted.name, wanted.location)}")
            self._await(operation, wanted.location, say)

    def delete(self, cluster: Cluster, say: Say) -> None:
        """Have the cluster deleted, and wait until it is gone."""
        name = f"{self._place(cluster.location)}/clusters/{cluster.name}"
        with told():
            operation = self._ask(self._clusters.delete(name=name))
            say(f"deleting cluster {cluster.name} in {cluster.location}")
            self._await(operation, cluster.location, say)

    def page(self, name: str, location: str) -> str:
        """The page of Google's console that shows a cluster."""
        console = "https://console.cloud.google.com/kubernetes/clusters/details"
        return f"{console}/{location}/{name}/details?project={self._project}"

    def _await(self, operation: dict[str, Any], location: str, say: Say) -> None:
        name = f"{self._place(location)}/operations/{operation['name']}"
        operations = self._apis.build("container", "v1").projects().locations().operations()
        told, dropped, delay = "", 0, _FIRST_LOOK
        while operation.get("status") != "DONE":
            self._sleep(delay)
            delay = min(_BETWEEN_LOOKS, 2 * delay)
            try:
                operation, dropped = self._ask(operations.get(name=name)), 0
            except Unclear:
                if (dropped := dropped + 1) == _DROPPED_LOOKS:
                    raise
            if (progress := _progress(operation)) != told:
                told = progress
                say(told)
        if error := operation.get("error"):
            raise Refused(f"Google gave up: {error.get('message', 'it did not say why')}")

    def _region(self, name: str) -> Region:
        compute = self._apis.build("compute", "v1")
        found = self._ask(compute.regions().get(project=self._project, region=name))
        return Region(
            zones=tuple(sorted(url.rpartition("/")[2] for url in found.get("zones", ()))),
            quotas={each["metric"]: each["limit"] for each in found.get("quotas", ())},
        )

    @property
    def _clusters(self) -> Any:
        return self._apis.build("container", "v1").projects().locations().clusters()

    def _place(self, location: str) -> str:
        return f"projects/{self._project}/locations/{location}"

    def _ask(self, request: Any) -> dict[str, Any]:
        return ask(request, project=self._project)


def _cluster(shown: dict[str, Any]) -> Cluster:
    return Cluster(
        name=shown["name"],
        location=shown["location"],
        status=shown.get("status", "STATUS_UNSPECIFIED"),
        version=shown.get("currentMasterVersion", ""),
        nodes=shown.get("currentNodeCount", 0),
        autopilot=shown.get("autopilot", {}).get("enabled", False),
    )


def _progress(operation: dict[str, Any]) -> str:
    detail = operation.get("detail")
    status = str(operation.get("status", "")).lower()
    return f"{status}: {detail}" if detail else status


@contextmanager
def told() -> Iterator[None]:
    """Google's refusals in the words of the domain."""
    try:
        yield
    except Refused as failure:
        raise PlatformError(failure.message, hint=failure.hint) from failure
    except Failure as failure:
        raise PlatformUnavailable(failure.message, hint=failure.hint) from failure
