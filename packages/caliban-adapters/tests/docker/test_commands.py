"""What the docker client is told."""

from pathlib import Path

from caliban_adapters.docker import commands
from caliban_adapters.docker.commands import BuildOptions, Client
from caliban_adapters.docker.process import Command
from caliban_domain.base_images import BaseImage

BUILDKIT = {
    "DOCKER_BUILDKIT": "1",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "DOCKER_CLI_HINTS": "false",
}


def test_several_images_are_asked_about_at_once() -> None:
    facts = "[{{json .Id}},{{json .RepoTags}},{{json .RepoDigests}},{{json .Config.Labels}}]"
    expected = ("docker", "image", "inspect", "--format", facts, "--", "a:1", "-b")
    assert commands.inspect("a:1", "-b") == Command(expected)


def test_a_name_is_never_taken_for_a_flag() -> None:
    assert commands.pull("-x") == Command(("docker", "pull", "--", "-x"))
    for_others = ("docker", "pull", "--platform", "linux/arm64", "--", "x")
    assert commands.pull("x", "linux/arm64") == Command(for_others)


def test_an_image_is_named() -> None:
    expected = ("docker", "image", "tag", "sha256:abc", "caliban:1")
    assert commands.tag("sha256:abc", "caliban:1") == Command(expected)
    unnamed = ("docker", "image", "rm", "--no-prune", "--", "caliban:1")
    assert commands.untag("caliban:1") == Command(unnamed)


def test_clients_tell_what_they_are() -> None:
    assert commands.buildx_version("/bin/docker") == Command(("/bin/docker", "buildx", "version"))
    assert commands.client_version("/bin/docker") == Command(
        ("/bin/docker", "version", "--format", "{{.Client.Version}}")
    )


def test_a_build_reads_and_writes_beside_the_project() -> None:
    built = commands.build(
        Client("/bin/docker"),
        Path("/f"),
        "/p",
        BuildOptions(
            labels={"a": "1", "b": "x=y z"}, tag="c:1", secrets={"netrc": Path("/a,b/.netrc")}
        ),
    )
    assert built == Command(
        (
            *("/bin/docker", "build", "--progress", "plain", "--file", "/f/Dockerfile"),
            *("--iidfile", "/f/image-id", "--tag", "c:1"),
            *("--label", "a=1", "--label", "b=x=y z"),
            *("--secret", 'id=netrc,"src=/a,b/.netrc"', "--", "/p"),
        ),
        env=BUILDKIT,
    )


def test_buildx_hands_its_image_to_the_engine() -> None:
    built = commands.build(
        Client("docker", has_buildx=True),
        Path("/f"),
        "/p",
        BuildOptions(labels={}, use_cache=False),
    )
    assert built.argv[-4:] == ("--load", "--no-cache", "--", "/p")


BASE = BaseImage(name="cpu-py312", python="3.12", upon="python:3.12-slim")


def test_a_base_image_is_built_by_either_builder() -> None:
    words = (
        *("--tag", "caliban-base:cpu-py312"),
        *("--build-arg", "UPON=python:3.12-slim", "--build-arg", "PYTHON=3.12"),
    )
    modern = commands.build_base(
        Client("/bin/docker", has_buildx=True), Path("/f"), BASE, use_cache=True
    )
    progress = ("--progress", "plain", "--load")
    assert modern == Command(("/bin/docker", "build", *words, *progress, "--", "/f"), env=BUILDKIT)
    classic = commands.build_base(None, Path("/f"), BASE, use_cache=False)
    assert classic.argv == ("docker", "build", *words, "--no-cache", "--", "/f")
    assert classic.env == {"DOCKER_BUILDKIT": "0"}
