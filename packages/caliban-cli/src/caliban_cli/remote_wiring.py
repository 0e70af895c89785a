"""The composition root of what runs elsewhere: which adapter serves it. See ``wiring``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caliban_cli.environment import Environment
from caliban_cli.project_directory import read_config
from caliban_cli.remote_run import Destination
from caliban_domain.jobs import Job
from caliban_domain.submit import OneByOne

if TYPE_CHECKING:
    from caliban_adapters.gcp.credentials import Credentials
    from caliban_adapters.gke.clusters import Clusters
    from caliban_adapters.gke.new_cluster import Wanted
    from caliban_adapters.vertex.custom_job import Settings
    from caliban_adapters.vertex.platform import VertexAi


def project_id(environment: Environment, named: str | None, known: "Credentials") -> str:
    """The project of Google Cloud to work in. Raises UsageError where none is named."""
    from caliban_adapters.gcp.project import find_project

    configured = read_config(environment).project_id
    return find_project(named, environment.variables, configured, known)


def vertex_settings(**described: Any) -> "Settings":
    """Jobs of Vertex AI, as its adapter describes them."""
    from caliban_adapters.vertex.custom_job import Settings

    return Settings(**described)


def vertex_bodies(jobs: Sequence[Job]) -> Sequence[Mapping[str, Any]]:
    """The jobs as Vertex AI's interface takes them."""
    from caliban_adapters.vertex.custom_job import body

    return [body(job.spec) for job in jobs]


def vertex_place(jobs: Sequence[Job]) -> str:
    """Where jobs of Vertex AI run, in words."""
    from caliban_adapters.vertex.custom_job import place_of

    return " and ".join(sorted({str(place_of(job.spec)) for job in jobs}))


def to_vertex(
    platform: "VertexAi",
    jobs: Sequence[Job],
    per_minute: int | None = None,
    *,
    made_at: datetime | None = None,
) -> Destination:
    """Where jobs of Vertex AI go; those ``made_at`` this moment can't be there yet."""
    from caliban_adapters.vertex.platform import PER_MINUTE

    platform.note_new(job.name for job in jobs if job.created_at == made_at)
    return Destination(
        platform=OneByOne(platform),
        place=vertex_place(jobs),
        link=platform.page_of,
        per_minute=per_minute or PER_MINUTE,
        hurry=platform.hurry,
    )


def renew_there(
    jobs: Sequence[Job], images: Images, environment: Environment, key: Path | None
) -> Sequence[Renewal]:
    """The jobs with their images made again, in the repositories where they were.

    An image that Caliban didn't make is left to the platform.
    """
    renewals: list[Renewal] = []
    for job in jobs:
        source: Images = NoImages()
        renewals += renew([job], source)
    return renewals


@contextmanager
def vertex(
    environment: Environment,
    key: Path | None,
    settings: "Settings | None" = None,
    *,
    per_minute: int | None = None,
) -> Iterator["VertexAi"]:
    """Vertex AI; without settings, only jobs that exist already."""
    from caliban_adapters.gcp.apis import Apis
    from caliban_adapters.vertex.platform import PER_MINUTE, VertexAi

    with Apis(environment.variables, key) as apis:
        yield VertexAi(apis, settings, by=environment.user, per_minute=per_minute or PER_MINUTE)


@contextmanager
def clusters(environment: Environment, key: Path | None, project: str) -> Iterator["Clusters"]:
    """The clusters of a project of Google Cloud."""
    from caliban_adapters.gcp.apis import Apis
    from caliban_adapters.gke.clusters import Clusters

    with Apis(environment.variables, key) as apis:
        yield Clusters(apis, project)


def wanted_cluster(**described: Any) -> "Wanted":
    """A new cluster, as its adapter describes it. Raises UsageError for one that can't be."""
    from caliban_adapters.gke.new_cluster import Wanted, check

    wanted = Wanted(**described)
    check(wanted)
    return wanted
