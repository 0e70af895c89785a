"""Images that are pushed to a real registry."""

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from caliban_adapters.docker.pushing import PushedImages
from caliban_domain.errors import PlatformError, PlatformUnavailable, UsageError
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.repositories import parse_repository
from registry_server import RegistryServer, free_port, is_installed, registry_server
from workplace import BASE_IMAGE, docker

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not is_installed(), reason="no docker-registry; see scripts/test-tools"),
]

SPEC = ImageSpec(project="/nowhere", mode=JobMode.CPU, base_image=BASE_IMAGE, folder=None)
LABEL = f"io.caliban.test={os.getpid()}"


class OneImage:
    """Images that are one small image, which the engine has."""

    def __init__(self, image: ImageRef) -> None:
        self._image = image

    def build(self, _spec: ImageSpec, /) -> ImageRef:
        return self._image

    def find(self, _reference: str, /) -> ImageRef:
        return self._image


@pytest.fixture(scope="module")
def image() -> Iterator[ImageRef]:
    """An image of its own, with one layer."""
    made = subprocess.run(
        ["docker", "import", "--change", f"LABEL {LABEL}", "-"],
        input=_archive(),
        capture_output=True,
        check=True,
    )
    found = ImageRef(made.stdout.decode().strip(), "sha256:base")
    yield found
    docker("image", "rm", "--force", found.reference)


@pytest.fixture(scope="module")
def registry() -> Iterator[RegistryServer]:
    with registry_server() as server:
        yield server


@pytest.fixture(scope="module")
def private_registry() -> Iterator[RegistryServer]:
    with registry_server(private=True) as server:
        yield server


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def docker_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where docker's config.json would be; there is none yet."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def pushed(image: ImageRef, where: str, said: list[str]) -> PushedImages:
    return PushedImages(OneImage(image), parse_repository(where), say=said.append)


def test_a_pushed_image_is_known_by_its_digest(
    registry: RegistryServer, image: ImageRef, said: list[str]
) -> None:
    found = pushed(image, f"{registry.host}/trees/oak", said).build(SPEC)
    name, _, digest = found.reference.partition("@")
    assert name == f"{registry.host}/trees/oak"
    assert registry.config_digest("trees/oak", digest) == image.reference
    assert found.base_digest == "sha256:base"
    assert any("pushed" in line for line in said)


def test_what_the_registry_has_is_not_pushed_again(
    registry: RegistryServer, image: ImageRef, said: list[str]
) -> None:
    images = pushed(image, f"{registry.host}/trees/beech", said)
    first = images.build(SPEC)
    writes = registry.writes()
    assert images.build(SPEC) == first
    assert registry.writes() == writes
    assert "has image" in said[-1]


def test_what_the_registry_has_lost_is_pushed_again(image: ImageRef, said: list[str]) -> None:
    with registry_server() as first:
        found = pushed(image, f"{first.host}/trees/elm", said).build(SPEC)
        port = first.port
    with registry_server(port=port) as second:
        assert pushed(image, f"{second.host}/trees/elm", said).build(SPEC) == found
        assert second.config_digest("trees/elm", found.reference.partition("@")[2])


def test_an_image_in_a_registry_is_found_by_tag_and_by_digest(
    registry: RegistryServer, image: ImageRef, said: list[str]
) -> None:
    images = pushed(image, f"{registry.host}/trees/ash", said)
    built = images.build(SPEC)
    digits = image.reference.partition(":")[2]
    assert images.find(built.reference) == built
    assert images.find(f"{registry.host}/trees/ash:{digits[:32]}") == built
    assert images.find(image.reference) == built


@pytest.mark.parametrize("name", ["trees/fir:none", "nothing:latest"])
def test_an_image_that_the_registry_lacks_is_named(
    name: str, registry: RegistryServer, image: ImageRef, said: list[str]
) -> None:
    reference = f"{registry.host}/{name}"
    with pytest.raises(UsageError, match="has no image") as caught:
        pushed(image, f"{registry.host}/trees/fir", said).find(reference)
    assert reference in caught.value.message


def test_a_private_registry_takes_images_of_those_who_logged_in(
    private_registry: RegistryServer, image: ImageRef, said: list[str], docker_folder: Path
) -> None:
    (docker_folder / "config.json").write_text(private_registry.docker_config())
    images = pushed(image, f"{private_registry.host}/trees/yew", said)
    assert images.find(images.build(SPEC).reference) == images.build(SPEC)


@pytest.mark.parametrize("password", [None, "mushroom"])
def test_who_is_not_logged_in_learns_how(
    password: str | None,
    private_registry: RegistryServer,
    image: ImageRef,
    said: list[str],
    docker_folder: Path,
) -> None:
    if password:
        (docker_folder / "config.json").write_text(private_registry.docker_config(password))
    where = f"{private_registry.host}/trees/birch"
    images = pushed(image, where, said)
    with pytest.raises(PlatformError, match="logged in") as pushing:
        images.build(SPEC)
    with pytest.raises(PlatformError, match="logged in") as finding:
        images.find(f"{where}:x")
    for caught in (pushing, finding):
        assert caught.value.hint == f"docker login {private_registry.host}"
        assert "mushroom" not in "".join([*said, caught.value.message])


def test_a_credential_helper_is_asked(
    private_registry: RegistryServer,
    image: ImageRef,
    said: list[str],
    docker_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helper = docker_folder / "docker-credential-grove"
    answer = '{"Username": "totoro", "Secret": "acorn@forest"}'
    helper.write_text(f"#!/bin/sh\necho '{answer}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker_folder}:{os.environ['PATH']}")
    config = f'{{"credHelpers": {{"{private_registry.host}": "grove"}}}}'
    (docker_folder / "config.json").write_text(config)
    assert pushed(image, f"{private_registry.host}/trees/larch", said).build(SPEC).reference


def test_a_registry_that_is_not_there_may_come_back(image: ImageRef, said: list[str]) -> None:
    with pytest.raises(PlatformUnavailable, match="can't be reached"):
        pushed(image, f"127.0.0.1:{free_port()}/trees/oak", said).build(SPEC)


def _archive() -> bytes:
    """A file system with one file that no other run has."""
    buffer = io.BytesIO()
    content = os.urandom(64)
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("leaf")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
