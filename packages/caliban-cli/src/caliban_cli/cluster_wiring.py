"""The part of the composition root that is about Kubernetes clusters."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.project_directory import read_config
from caliban_cli.remote_run import Destination
from caliban_cli.say import say
from caliban_domain.clusters import Access, ClusterId
from caliban_domain.jobs import Job
from caliban_domain.names import GroupName

if TYPE_CHECKING:
    from caliban_adapters.kubernetes.connecting import Place
    from caliban_adapters.kubernetes.job_files import WrittenJob
    from caliban_adapters.kubernetes.kubeconfig import Places
    from caliban_adapters.kubernetes.listing import Listing
    from caliban_adapters.kubernetes.platform import Kubernetes, Plan

    RowsOf = Callable[[Listing], Iterable[Mapping[str, str]]]


def cluster_place(
    environment: Environment, context: str | None, namespace: str | None, *, needed: bool = True
) -> "Place":
    """The namespace of a cluster that is meant.

    Raises UsageError where nobody knows how to reach one, unless that isn't ``needed``.
    """
    from caliban_adapters.kubernetes.connecting import find_place

    return find_place(_places(environment), context, namespace, needed=needed)


def plan_for(place: "Place", **described: Any) -> "Plan":
    """What makes an experiment a Job of the place, as described. Raises UsageError."""
    from caliban_adapters.kubernetes.manifest import plan
    from caliban_adapters.kubernetes.settings import settings

    return partial(plan, settings=settings(place, **described))


def written_job(text: str, name: str) -> "WrittenJob":
    """The Job that a file describes. Raises UsageError."""
    from caliban_adapters.kubernetes.job_files import parse

    return parse(text, name)


def plan_of_written(job: "WrittenJob", place: "Place", group: GroupName) -> "Plan":
    """What gives the Job of a file another name, and its place."""
    from caliban_adapters.kubernetes.manifest import plan_written

    return partial(plan_written, written=job, place=(place.destination, group))


def bodies(jobs: Sequence[Job], *, placed: bool) -> Sequence[Mapping[str, Any]]:
    """The jobs as a cluster takes them, with their namespace or for any."""
    from caliban_adapters.kubernetes.manifest import manifest, without_namespace

    all_ = [manifest(job.spec) for job in jobs]
    return all_ if placed else [without_namespace(body) for body in all_]


def place_of(jobs: Sequence[Job]) -> str:
    """Where jobs of clusters run, in words."""
    from caliban_adapters.kubernetes.connecting import title_of_namespace
    from caliban_adapters.kubernetes.manifest import destination_of

    return " and ".join(sorted({title_of_namespace(destination_of(job.spec)) for job in jobs}))


def to_cluster(platform: "Kubernetes", jobs: Sequence[Job]) -> Destination:
    """Where jobs of clusters go."""
    return Destination(
        platform=platform, watched=platform, place=place_of(jobs), link=lambda _: None
    )


@contextmanager
def kubernetes(
    environment: Environment, plan: "Plan | None" = None, *, cloud_key: str | None = None
) -> Iterator["Kubernetes"]:
    """Kubernetes clusters; without a plan, only jobs that exist already.

    ``cloud_key`` names the key for clusters of Google Cloud that no kubeconfig knows.
    """
    from time import sleep

    from caliban_adapters.kubernetes.connecting import connect
    from caliban_adapters.kubernetes.platform import Kubernetes

    connecting = partial(connect, _places(environment, cloud_key), sleep=sleep)
    with Kubernetes(connecting, plan, by=environment.user, sleep=sleep, say=say) as platform:
        yield platform


@contextmanager
def listing(environment: Environment, place: "Place") -> Iterator["Listing"]:
    """What there is in a namespace of a cluster."""
    from time import sleep

    from caliban_adapters.kubernetes.connecting import connect
    from caliban_adapters.kubernetes.listing import Listing

    cluster = connect(_places(environment), place.destination, sleep=sleep)
    try:
        yield Listing(cluster, place.destination)
    finally:
        cluster.close()


def _places(environment: Environment, cloud_key: str | None = None) -> "Places":
    from caliban_adapters.kubernetes.kubeconfig import Places

    def google(cluster: ClusterId) -> Access:
        from caliban_adapters.gke.access import access

        configured = read_config(environment).cloud_key
        key = wiring.credentials(environment, cloud_key, configured).key
        return access(cluster, environment.variables, key, say)

    return Places(variables=environment.variables, home=environment.home, google=google)
