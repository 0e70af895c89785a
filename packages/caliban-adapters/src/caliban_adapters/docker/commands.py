"""Commands of the docker client, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from caliban_adapters.docker.process import Command

_BUILDKIT: Final = {"DOCKER_BUILDKIT": "1"}


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is to be built and named, whatever builds it."""

    tag: str
    labels: Mapping[str, str]
    use_cache: bool


def image_ids(*references: str) -> Command:
    """Prints the id of each image in turn; fails if the engine hasn't got one of them."""
    return Command(("docker", "image", "inspect", "--format", "{{.Id}}", *references))


def pull(reference: str) -> Command:
    """Fetches an image."""
    return Command(("docker", "pull", reference))


def buildx_version(client: str) -> Command:
    """Succeeds where the client has the plugin that newer clients build with."""
    return Command((client, "buildx", "version"))


def client_version(client: str) -> Command:
    """Prints the version of a client, such as ``20.10.24``."""
    return Command((client, "version", "--format", "{{.Client.Version}}"))


def build(client: str, build: Build, *, folder: str, project: str) -> Command:
    """Builds a project with BuildKit, as the Dockerfile in ``folder`` says.

    BuildKit reads ``Dockerfile.dockerignore`` beside the Dockerfile instead of the project's own
    ``.dockerignore``, so nothing has to be written into the project.
    """
    labels = (
        word for name, value in build.labels.items() for word in ("--label", f"{name}={value}")
    )
    argv = (
        *(client, "build", "--progress", "plain", "--tag", build.tag),
        *("--file", f"{folder}/Dockerfile"),
        *labels,
        *(() if build.use_cache else ("--no-cache",)),
        project,
    )
    return Command(argv, env=_BUILDKIT)
