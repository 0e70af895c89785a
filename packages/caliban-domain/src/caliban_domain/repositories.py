"""Repositories: where images are pushed to, so that other machines can run them."""

import re
from dataclasses import dataclass
from typing import Final

from caliban_domain.errors import UsageError

_HOST: Final = re.compile(
    r"(?:localhost|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)(?::\d{1,5})?"
    r"|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?:\d{1,5}"
)
_COMPONENT: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_ARTIFACTS: Final = "-docker.pkg.dev"
_GCR_LOCATIONS: Final = {
    "gcr.io": "us",
    "us.gcr.io": "us",
    "eu.gcr.io": "europe",
    "asia.gcr.io": "asia",
}
_LONGEST: Final = 255
_LARGEST_PORT: Final = 65535
_EXAMPLE: Final = (
    "write HOST[:PORT]/PATH, such as us-central1-docker.pkg.dev/my-project/caliban/mnist"
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A name without tag or digest, under which a registry keeps images."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"

    @property
    def is_google(self) -> bool:
        """Whether it belongs to a project of Google Cloud."""
        return self.host in _GCR_LOCATIONS or self.host.endswith(_ARTIFACTS)

    @property
    def project(self) -> str | None:
        """The id of the Google project that it belongs to, if any."""
        if not self.is_google:
            return None
        first, _, rest = self.path.partition("/")
        # A project of an organisation's domain: example.com:trees is example.com/trees here.
        return f"{first}:{rest.partition('/')[0]}" if "." in first else first

    @property
    def login_command(self) -> str:
        """What a person types to be known to the registry."""
        if self.is_google:
            return f"gcloud auth configure-docker {self.host}"
        return f"docker login {self.host}"

    @property
    def create_command(self) -> str | None:
        """What makes the repository, where that has to be done before the first push."""
        if not self.is_google:
            return None
        location = _GCR_LOCATIONS.get(self.host) or self.host.removesuffix(_ARTIFACTS)
        name = self.host if self.host in _GCR_LOCATIONS else self._below_project[0]
        return (
            f"gcloud artifacts repositories create {name} --repository-format=docker "
            f"--location={location} --project={self.project}"
        )

    @property
    def _below_project(self) -> list[str]:
        parts = self.path.split("/")
        return parts[2:] if "." in parts[0] else parts[1:]

    def holding(self, name: str) -> "Repository":
        """Itself, or where it is one of Artifact Registry's without an image's name, with it."""
        if self.host.endswith(_ARTIFACTS) and len(self._below_project) == 1:
            return Repository(self.host, f"{self.path}/{name}")
        return self


def parse_repository(text: str, source: str = "--image_repository") -> Repository:
    """The repository that ``source`` names. Raises UsageError."""
    host, _, path = text.partition("/")
    problem = _problem(text, host, path)
    repository = Repository(host, path)
    if problem is None and repository.is_google and not _is_complete(repository):
        problem = "it lacks the project or the repository"
    if problem:
        raise UsageError(f"{source} {text!r} is not an image repository: {problem}", hint=_EXAMPLE)
    return repository


def default_repository(project_id: str, region: str, name: str) -> Repository:
    """Where images called ``name`` go in a Google project, unless a person says otherwise."""
    project = project_id.replace(":", "/")
    return Repository(f"{region}{_ARTIFACTS}", f"{project}/caliban/{name}")


def image_name(text: str) -> str:
    """The nearest name to a text, such as a directory's, that an image may have."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:64].rstrip("-") or "caliban"


def repository_of(reference: str) -> Repository | None:
    """The repository of an image, by its full reference; None where that names no registry."""
    name = reference.partition("@")[0]
    host, slash, rest = name.partition("/")
    path = rest.partition(":")[0]
    is_full = (
        bool(slash) and _HOST.fullmatch(host) and _problem(f"{host}/{path}", host, path) is None
    )
    return Repository(host, path) if is_full else None


def check_project(reference: str, project_id: str, source: str = "--image_tag") -> None:
    """Raises UsageError for an image that belongs to another Google project."""
    repository = repository_of(reference)
    project = repository.project if repository else None
    if project and project != project_id:
        raise UsageError(
            f"{source} {reference} belongs to the project {project}, not to {project_id}",
            hint=f"--project_id {project} works in that project; --force runs the image from there",
        )


def _is_complete(repository: Repository) -> bool:
    return len(repository.path.split("/")) > (repository.path.split("/")[0].count(".") > 0) + 1


def _problem(text: str, host: str, path: str) -> str | None:
    """Why no repository is called this; None if one may be."""
    if "://" in text:
        return "leave out what is before the host"
    if text != text.lower():
        return "it has to be in lower case"
    if not _HOST.fullmatch(host) or int((host.partition(":")[2]) or 1) not in range(
        1, _LARGEST_PORT + 1
    ):
        return f"{host!r} is not the host of a registry"
    if not path:
        return "it lacks a path"
    if "@" in path or ":" in path:
        return "leave out tag and digest, which follow from what is pushed"
    if len(path) > _LONGEST or not all(map(_COMPONENT.fullmatch, path.split("/"))):
        return f"{path!r} is not a path of letters, digits and single . _ - between them"
    return None
