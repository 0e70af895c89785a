"""An image's identity follows from what decides it, and from nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from caliban_domain.images import DEFAULT_BASE_IMAGES, ImageRef, ImageSpec, JobMode, image_hash

SPEC = ImageSpec(
    project="/home/me/project",
    mode=JobMode.CPU,
    base_image="python:3.12-slim",
    folder="trainer",
    requirements=("requirements.txt",),
    apt_packages=("curl", "git"),
    extra_dirs=("data",),
)


def test_a_spec_keeps_its_key_in_every_version() -> None:
    assert SPEC.key == "f6732213bd160822cf97494324d4a1106e055836717d9bc8c80d96d04eff65d1"


@pytest.mark.parametrize(
    "change",
    [
        {"project": "/home/you/project"},
        {"mode": JobMode.GPU},
        {"base_image": "python:3.13-slim"},
        {"folder": "."},
        {"folder": None},
        {"packages": ("notebook",)},
        {"build_credentials": True},
        {"platform": "linux/arm64"},
        {"requirements": ()},
        {"apt_packages": ("curl",)},
        {"apt_packages": ("curl,git",)},
        {"apt_packages": ("curl", "git", "data"), "extra_dirs": ()},
        {"extra_dirs": ("data", "data2")},
        {"extras": ("plots",)},
    ],
    ids=str,
)
def test_another_wish_is_another_spec(change: dict[str, Any]) -> None:
    assert replace(SPEC, **change).key != SPEC.key


def test_equal_specs_have_one_key() -> None:
    assert replace(SPEC).key == SPEC.key


IMAGE: dict[str, Any] = {
    "dockerfile": "FROM python",
    "base_digest": "sha256:b",
    "context_digest": "c",
    "mode": JobMode.CPU,
}


def test_an_image_keeps_its_hash_in_every_version() -> None:
    assert image_hash(**IMAGE) == (
        "81f59b6de727069aba38f21ddb1b3593a619ac1e17aceb1bb5a73f512e161ad1"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"dockerfile": "FROM python\n"},
        {"base_digest": "sha256:c"},
        {"context_digest": "d"},
        {"mode": JobMode.GPU},
        {"base_digest": "c", "context_digest": "sha256:b"},
    ],
    ids=str,
)
def test_whatever_decides_an_image_changes_its_hash(change: dict[str, Any]) -> None:
    assert image_hash(**(IMAGE | change)) != image_hash(**IMAGE)


@pytest.mark.parametrize(
    ("reference", "short"),
    [
        ("sha256:0123456789abcdef0123456789abcdef", "0123456789ab"),
        ("python:3.12-slim", "python:3.12-slim"),
        ("sha256", "sha256"),
        ("host:5000/caliban/image@sha256:0123", "host:5000/caliban/image@sha256:0123"),
        ("(not built)", "(not built)"),
    ],
)
def test_an_image_id_is_cut_to_what_people_read(reference: str, short: str) -> None:
    assert ImageRef(reference).short == short


def test_every_mode_has_a_default_base_image() -> None:
    assert set(DEFAULT_BASE_IMAGES) == set(JobMode)


def test_what_an_image_was_built_from_is_no_part_of_what_it_is() -> None:
    assert ImageRef("sha256:feed", "sha256:base") == ImageRef("sha256:feed")
