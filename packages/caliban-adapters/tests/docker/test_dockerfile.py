"""Dockerfiles: three against their golden files, and what may not enter one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from caliban_adapters.docker.dockerfile import BUILD_SECRETS, render
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageSpec, JobMode

GOLDEN = Path(__file__).parent / "golden"

BARE = ImageSpec(
    project="/home/ada/digits",
    mode=JobMode.CPU,
    base_image="python:3.12-slim",
    folder="trainer",
)
FULL = replace(
    BARE,
    mode=JobMode.GPU,
    folder=".",
    requirements=("requirements.txt",),
    apt_packages=("libsm6", "git", "libsm6"),
    extra_dirs=("data/images", "models", "data/images"),
)
INCLUDED = ("requirements/base.txt", "limits.txt")


def test_a_folder_alone_needs_little() -> None:
    assert render(BARE, buildkit=True) == (GOLDEN / "bare.Dockerfile").read_text()


@pytest.mark.parametrize("buildkit", [True, False])
def test_an_image_for_other_machines_begins_with_their_base_image(*, buildkit: bool) -> None:
    rendered = render(replace(BARE, platform="linux/arm64"), buildkit=buildkit)
    assert rendered.startswith("FROM --platform=linux/arm64 python:3.12-slim AS prepared\n")


def test_what_changes_seldom_comes_first() -> None:
    rendered = render(FULL, buildkit=True, included=INCLUDED)
    assert rendered == (GOLDEN / "full.Dockerfile").read_text()


def test_the_classic_builder_gets_no_mounts_and_no_modes() -> None:
    rendered = render(FULL, buildkit=False, included=INCLUDED)
    assert rendered == (GOLDEN / "full-classic.Dockerfile").read_text()


def test_without_code_there_is_what_code_needs() -> None:
    rendered = render(replace(FULL, folder=None, extra_dirs=()), buildkit=True)
    assert "COPY" not in rendered.partition("ENV HOME=")[2]
    assert rendered.startswith(render(FULL, buildkit=True).partition("ENV HOME=")[0][:200])


@pytest.mark.parametrize("buildkit", [True, False])
@pytest.mark.parametrize("requirements", [("requirements.txt",), ()])
def test_packages_of_ours_come_upon_those_of_the_project(
    requirements: tuple[str, ...], *, buildkit: bool
) -> None:
    spec = replace(BARE, requirements=requirements, packages=("jupyterlab==4.*",))
    rendered = render(spec, buildkit=buildkit)
    installs = [line for line in rendered.splitlines() if '"pip", "install"' in line]
    assert len(installs) == 1 + len(requirements)
    assert installs[-1].endswith('"--", "jupyterlab==4.*"]')
    assert rendered.count("uv==") == 1


@pytest.mark.parametrize("buildkit", [True, False])
def test_conda_comes_before_the_environment_that_is_made_from_it(*, buildkit: bool) -> None:
    spec = replace(BARE, requirements=("environment.yml", "requirements.txt"))
    lines = render(spec, buildkit=buildkit, included=INCLUDED).splitlines()
    steps = [
        next(number for number, line in enumerate(lines) if words in line)
        for words in (
            *("/environment.yml", "limits.txt", "COPY --from=", '"create", "--yes"'),
            *("ENV CONDA_PREFIX", "venv --without-pip", '"pip", "install"', "trainer"),
        )
    ]
    assert steps == sorted(steps)
    assert sum("/environment.yml" in line and "COPY" in line for line in lines) == 1


def test_only_what_installs_sees_credentials_and_only_where_wanted() -> None:
    spec = replace(FULL, packages=("notebook",))
    without = render(spec, buildkit=True)
    rendered = render(replace(spec, build_credentials=True), buildkit=True)
    changed = [line for line in rendered.splitlines() if line not in without.splitlines()]
    assert len(changed) == 2
    for line in changed:
        assert '"pip", "install"' in line
        for name, target in BUILD_SECRETS.items():
            assert f" --mount=type=secret,id={name},target={target} " in line
    assert rendered.count("type=secret") == len(changed) * len(BUILD_SECRETS)


def test_no_instruction_needs_a_frontend_from_a_registry() -> None:
    assert "syntax=" not in render(FULL, buildkit=True)


def test_neither_project_nor_user_nor_mode_is_in_it() -> None:
    rendered = render(FULL, buildkit=True)
    assert "ada" not in rendered
    assert rendered == render(replace(FULL, project="/home/grace", mode=JobMode.CPU), buildkit=True)


def test_an_extra_directory_that_is_the_code_is_copied_once() -> None:
    assert render(replace(BARE, extra_dirs=("trainer",)), buildkit=True) == render(
        BARE, buildkit=True
    )


def test_an_extra_directory_in_the_code_is_copied_apart_from_it() -> None:
    rendered = render(replace(BARE, extra_dirs=("trainer/data",)), buildkit=True)
    copies = [line for line in rendered.splitlines() if line.startswith(("COPY", 'RUN ["rm'))]
    assert copies == [
        'COPY --chmod=0777 ["./trainer", "/code/"]',
        'RUN ["rm", "-rf", "--", "/code/data"]',
        'COPY --chmod=0777 ["./trainer/data", "./trainer/data/"]',
        'COPY --from=code ["/code/", "./trainer/"]',
    ]


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("with space", "./with space", "./with space/"),
        ("-rf", "./-rf", "./-rf/"),
        ("ünï", "./ünï", "./ünï/"),
        ("new\nline", "./new\nline", "./new\nline/"),
        ("$HOME", "./\\$HOME", "./\\$HOME/"),
        ("quo'te\"s", "./quo\\'te\\\"s", "./quo\\'te\\\"s/"),
        ("[a]*?", "./[[]a][*][?]", "./[a]*?/"),
        ("a\\b", "./a[\\\\\\\\]b", "./a\\\\b/"),
        ("<<EOF", "./<<EOF", "./<<EOF/"),
    ],
)
def test_a_name_is_quoted_for_all_who_read_it(name: str, source: str, target: str) -> None:
    rendered = render(replace(BARE, folder=name), buildkit=True)
    (copy,) = [line for line in rendered.splitlines() if line.startswith("COPY")]
    assert copy == f"COPY --chmod=0777 {json.dumps([source, target])}"


@pytest.mark.parametrize("image", ["", "a b", "a\nRUN id", "$IMAGE", "-x", "a;b", "a AS b", 'a"'])
def test_what_is_no_image_is_refused(image: str) -> None:
    with pytest.raises(UsageError, match="is not the name of an image") as raised:
        render(replace(BARE, base_image=image), buildkit=True)
    assert "CALIBAN_BASE_IMAGE" in str(raised.value.hint)


@pytest.mark.parametrize("package", ["", "-o", "a;id", "a b", "$(id)", "Git", "a\nb", "a=1;id"])
def test_what_is_no_package_is_refused(package: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a Debian package"):
        render(replace(BARE, apt_packages=(package,)), buildkit=True)


def test_packages_may_name_a_version_or_an_architecture() -> None:
    packages = ("libc6:i386", "git=1:2.39.5-0+deb12u2")
    rendered = render(replace(BARE, apt_packages=packages), buildkit=True)
    assert "git=1:2.39.5-0+deb12u2 libc6:i386 &&" in rendered


def test_a_name_that_no_text_can_spell_is_refused() -> None:
    with pytest.raises(UsageError, match="isn't UTF-8"):
        render(replace(BARE, folder="\udcff"), buildkit=True)
