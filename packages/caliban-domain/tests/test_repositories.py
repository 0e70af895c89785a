"""Names of image repositories: which are taken, and what follows from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.errors import UsageError
from caliban_domain.repositories import (
    Repository,
    check_project,
    default_repository,
    image_name,
    parse_repository,
    repository_of,
)

hosts = st.from_regex(
    r"[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9]{0,8}){1,2}(:[1-9][0-9]{0,3})?", fullmatch=True
)
paths = st.from_regex(
    r"[a-z0-9]{1,9}(([._]|__|-{1,3})[a-z0-9]{1,9}){0,2}(/[a-z0-9]{1,9}){0,3}", fullmatch=True
)
digests = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
projects = st.from_regex(r"([a-z]{1,9}\.[a-z]{2,3}:)?[a-z][a-z0-9]{4,9}", fullmatch=True)


@given(hosts, paths)
def test_a_repository_is_what_was_written(host: str, path: str) -> None:
    assert parse_repository(f"{host}/{path}") == Repository(host, path)
    assert str(parse_repository(f"{host}/{path}")) == f"{host}/{path}"


@given(hosts, paths, digests)
def test_every_reference_leads_to_its_repository(host: str, path: str, digest: str) -> None:
    for ending in ("", ":v1", f"@{digest}", f":v1@{digest}"):
        assert repository_of(f"{host}/{path}{ending}") == Repository(host, path)


@given(st.text())
def test_whatever_is_written_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        assert str(parse_repository(text)) == text
    except UsageError as error:
        assert "--image_repository" in error.message  # noqa: PT017  either is right


@given(projects, st.sampled_from(["us-central1", "europe-west4"]), st.text())
def test_the_default_is_a_repository_of_the_project(project: str, region: str, text: str) -> None:
    repository = default_repository(project, region, image_name(text))
    assert parse_repository(str(repository)) == repository
    assert repository.project == project
    assert repository.holding("other") == repository
    check_project(f"{repository}:latest", project)


@pytest.mark.parametrize(
    "text", ["python", "user/name", "sha256:0123", "caliban:0123", "a b/c", ""]
)
def test_what_names_no_registry_is_the_engines(text: str) -> None:
    assert repository_of(text) is None


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:5000", "registry:5000"])
def test_hosts_without_a_domain_are_hosts_too(host: str) -> None:
    assert parse_repository(f"{host}/trees").host == host


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("https://r.example.com/trees", "leave out what is before the host"),
        ("r.example.com/Trees", "lower case"),
        ("trees/oak", "'trees' is not the host"),
        ("r.example.com:99999/trees", "is not the host"),
        ("r.example.com", "lacks a path"),
        ("r.example.com/trees:v1", "leave out tag and digest"),
        ("r.example.com/trees//oak", "is not a path"),
        ("us-docker.pkg.dev/trees", "lacks the project or the repository"),
        ("gcr.io/trees", "lacks the project or the repository"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_repository(text)
    assert problem in caught.value.message
    assert "HOST[:PORT]/PATH" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "name", "location", "project"),
    [
        ("us-central1-docker.pkg.dev/trees/caliban/oak", "caliban", "us-central1", "trees"),
        ("europe-docker.pkg.dev/example.com/trees/wood/oak", "wood", "europe", "example.com:trees"),
        ("gcr.io/trees/oak", "gcr.io", "us", "trees"),
        ("eu.gcr.io/trees/oak", "eu.gcr.io", "europe", "trees"),
    ],
)
def test_googles_are_created_with_one_command(
    text: str, name: str, location: str, project: str
) -> None:
    assert parse_repository(text).create_command == (
        f"gcloud artifacts repositories create {name} --repository-format=docker "
        f"--location={location} --project={project}"
    )


def test_artifact_registry_wants_a_name_below_the_repository() -> None:
    bare = parse_repository("us-docker.pkg.dev/trees/caliban")
    assert str(bare.holding("oak")) == "us-docker.pkg.dev/trees/caliban/oak"
    elsewhere = parse_repository("r.example.com/trees")
    assert elsewhere.holding("oak") == elsewhere


def test_logging_in_depends_on_whose_it_is() -> None:
    google = parse_repository("us-docker.pkg.dev/trees/caliban/oak")
    assert google.login_command == "gcloud auth configure-docker us-docker.pkg.dev"
    other = parse_repository("r.example.com:5000/trees")
    assert (other.login_command, other.create_command) == ("docker login r.example.com:5000", None)
    assert other.project is None


def test_an_image_of_another_project_is_refused() -> None:
    with pytest.raises(UsageError, match="belongs to the project trees, not to rocks"):
        check_project("gcr.io/trees/oak:latest", "rocks")
    check_project("r.example.com/trees/oak", "rocks")
    check_project("oak", "rocks")


@pytest.mark.parametrize(
    ("text", "name"), [("My Project_1", "my-project-1"), ("日本", "caliban"), ("a" * 99, "a" * 64)]
)
def test_a_directory_gives_an_image_its_name(text: str, name: str) -> None:
    assert image_name(text) == name
