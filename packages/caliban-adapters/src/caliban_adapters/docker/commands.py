"""Commands of the docker client, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from caliban_adapters.docker.process import Command
from caliban_domain.base_images import BaseImage

DOCKERFILE: Final = "Dockerfile"
DOCKERIGNORE: Final = "Dockerfile.dockerignore"
IMAGE_ID: Final = "image-id"

_FACTS: Final = "[{{json .Id}},{{json .RepoTags}},{{json .RepoDigests}},{{json .Config.Labels}}]"
_BUILDKIT: Final = {
    "DOCKER_BUILDKIT": "1",
    # They would turn an image into an index of images, with an id of its own.
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "DOCKER_CLI_HINTS": "false",
}


@dataclass(frozen=True, slots=True)
class Client:
    """A docker client that can build with BuildKit, by itself or through its buildx plugin."""

    path: str
    has_buildx: bool = False


def csv_line(*fields: str) -> str:
    """Fields as the client reads them in one argument, where quotes let a name hold commas."""
    return ",".join(
        '"{}"'.format(field.replace('"', '""')) if set('",\r\n') & set(field) else field
        for field in fields
    )


def inspect(*references: str) -> Command:
    """Prints id, tags, digests and labels of each image that there is, as JSON, a line each."""
    return Command(("docker", "image", "inspect", "--format", _FACTS, "--", *references))


def pull(reference: str, platform: str = "") -> Command:
    """Fetches an image from its registry, for this machine or for others."""
    chosen = ("--platform", platform) if platform else ()
    return Command(("docker", "pull", *chosen, "--", reference))


def buildx_version(client: str) -> Command:
    """Succeeds where the client has the plugin that newer clients build with."""
    return Command((client, "buildx", "version"))


def client_version(client: str) -> Command:
    """Prints the version of a client, such as ``20.10.24+dfsg1``, even where no engine answers."""
    return Command((client, "version", "--format", "{{.Client.Version}}"))


def tag(image: str, name: str) -> Command:
    """Gives an image a name."""
    return Command(("docker", "image", "tag", image, name))


def untag(name: str) -> Command:
    """Takes a name from an image; the engine removes an image with its last one."""
    return Command(("docker", "image", "rm", "--no-prune", "--", name))


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildOptions:
    """How to build: with which labels, secrets (files, by name), and whether from the cache.

    The image is named ``tag``, unless that is empty.
    """

    labels: Mapping[str, str]
    tag: str = ""
    secrets: Mapping[str, Path] = field(default_factory=dict)
    use_cache: bool = True


def build(client: Client, folder: Path, project: str, options: BuildOptions) -> Command:
    """Builds a project as the files in ``folder`` say, and leaves the image's id there.

    BuildKit takes ``Dockerfile.dockerignore`` beside a Dockerfile for the ``.dockerignore``.
    """
    secrets = (csv_line(f"id={name}", f"src={file}") for name, file in options.secrets.items())
    argv = (
        *(client.path, "build", "--progress", "plain"),
        *("--file", str(folder / DOCKERFILE)),
        *("--iidfile", str(folder / IMAGE_ID)),
        *(("--tag", options.tag) if options.tag else ()),
        *(word for name, text in options.labels.items() for word in ("--label", f"{name}={text}")),
        *(word for secret in secrets for word in ("--secret", secret)),
        # A builder that isn't the engine's own keeps what it builds unless told otherwise.
        *(("--load",) if client.has_buildx else ()),
        *(() if options.use_cache else ("--no-cache",)),
        *("--", project),
    )
    return Command(argv, env=_BUILDKIT)


def build_base(
    client: Client | None, folder: Path, image: BaseImage, *, use_cache: bool
) -> Command:
    """Builds a base image; without a client for BuildKit, with the engine's classic builder."""
    argv = (
        *(client.path if client else "docker", "build", "--tag", image.tag),
        *(
            word
            for name, text in image.build_args.items()
            for word in ("--build-arg", f"{name}={text}")
        ),
        *(("--progress", "plain") if client else ()),
        *(("--load",) if client and client.has_buildx else ()),
        *(() if use_cache else ("--no-cache",)),
        *("--", str(folder)),
    )
    return Command(argv, env=_BUILDKIT if client else {"DOCKER_BUILDKIT": "0"})
