"""The composition root of what runs elsewhere: which adapter serves it. See ``wiring``."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caliban_cli.environment import Environment
from caliban_cli.project_directory import configured_key, read_config
from caliban_cli.remote_run import Destination
from caliban_cli.say import say
from caliban_domain.dry_run import NoImages
from caliban_domain.errors import PlatformUnavailable, UsageError
from caliban_domain.jobs import Job
from caliban_domain.mlflow import URI_VARIABLE, MlflowConfig, Tracking, secrets
from caliban_domain.names import GroupName
from caliban_domain.ports import Images
from caliban_domain.repositories import Repository, repository_of
from caliban_domain.resubmit import Renewal, renew
from caliban_domain.submit import OneByOne

if TYPE_CHECKING:
    from caliban_adapters.docker.containers import ContainerSettings
    from caliban_adapters.gcp.credentials import Credentials
    from caliban_adapters.gke.clusters import Clusters
    from caliban_adapters.gke.new_cluster import Wanted
    from caliban_adapters.vertex.custom_job import Settings
    from caliban_adapters.vertex.platform import VertexAi

Say = Callable[[str], None]


def project_id(environment: Environment, named: str | None, known: "Credentials") -> str:
    """The project of Google Cloud to work in. Raises UsageError where none is named."""
    from caliban_adapters.gcp.project import find_project

    configured = read_config(environment).project_id
    return find_project(named, environment.variables, configured, known)


def pushed_images(
    images: Images, repository: Repository, environment: Environment, key: Path | None, *, say: Say
) -> Images:
    """The images, pushed to a repository; ``say`` is told how that goes on."""
    from caliban_adapters.docker.pushing import PushedImages
    from caliban_adapters.gcp.tokens import access_token

    return PushedImages(
        images,
        repository,
        say=say,
        google_token=lambda: access_token(environment.variables, key),
    )


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


def vertex_machines(jobs: Sequence[Job]) -> str:
    """What jobs of Vertex AI run on, in words."""
    from caliban_adapters.vertex.custom_job import machine_of

    return " and ".join(sorted({machine_of(job.spec) for job in jobs}))


def to_vertex(
    platform: "VertexAi",
    jobs: Sequence[Job],
    per_minute: int | None = None,
    *,
    made_at: datetime | None = None,
) -> Destination:
    """Where jobs of Vertex AI go; those ``made_at`` this moment can't be there yet."""
    from caliban_adapters.vertex.patience import PER_MINUTE

    platform.note_new(job.name for job in jobs if job.created_at == made_at)
    return Destination(
        platform=OneByOne(platform),
        watched=platform,
        place=vertex_place(jobs),
        machines=vertex_machines(jobs),
        link=platform.page_of,
        per_minute=per_minute or PER_MINUTE,
        hurry=platform.hurry,
    )


def renew_there(
    jobs: Sequence[Job], images: Images, environment: Environment, key: Path | None, *, say: Say
) -> Sequence[Renewal]:
    """The jobs with their images made again and pushed to where the last ones are.

    An image that Caliban didn't make is left to the platform.
    """
    renewals: list[Renewal] = []
    homes: defaultdict[Repository | None, list[Job]] = defaultdict(list)
    for job in jobs:
        made = job.experiment.spec and repository_of(job.spec.image.reference)
        homes[made or None].append(job)
    for home, alike in homes.items():
        source = pushed_images(images, home, environment, key, say=say) if home else NoImages()
        renewals += renew(alike, source)
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
    from caliban_adapters.vertex.patience import PER_MINUTE, Rate
    from caliban_adapters.vertex.platform import VertexAi

    rate = Rate(per_minute=per_minute or PER_MINUTE)
    with Apis(environment.variables, key) as apis:
        yield VertexAi(apis, settings, by=environment.user, rate=rate, say=say)


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


def with_tracking(
    settings: "ContainerSettings",
    config: MlflowConfig | None,
    group: GroupName | None = None,
) -> "ContainerSettings":
    """The settings with a tracking server, if there is one; jobs of a group are runs there."""
    if config is None:
        return settings
    variables = {**settings.environment, URI_VARIABLE: config.tracking_uri}
    if group is None:
        return replace(settings, environment=variables)
    from caliban_adapters.mlflow.server import make_experiment

    tracking = Tracking(config, group)
    make_experiment(tracking, settings.tracking_secrets, say)
    return replace(settings, environment=variables, tracking=tracking)


def tracking_there(environment: Environment, group: GroupName) -> Tracking | None:
    """How jobs elsewhere are tracked, if the project's settings name a server for it."""
    config = read_config(environment).mlflow
    if config and config.is_this_machine:
        say(f"no job elsewhere reaches {config.tracking_uri}, which is this machine")
    return Tracking(config, group) if config else None


def make_experiment(tracking: Tracking | None, environment: Environment) -> None:
    """Make the experiment of the jobs on their tracking server, if there is one."""
    if tracking:
        from caliban_adapters.mlflow.server import make_experiment as make

        make(tracking, secrets(environment.variables), say)


@contextmanager
def known_vertex(environment: Environment) -> Iterator["VertexAi"]:
    """Vertex AI, for jobs that are there; with the key of the directory's settings, if any."""
    from caliban_cli.wiring import credentials

    try:
        key = credentials(environment, None, configured_key(environment)).key
    except UsageError as error:
        # Of other platforms' jobs, more can be said.
        raise PlatformUnavailable(error.message, hint=error.hint) from error
    with vertex(environment, key) as platform:
        yield platform
