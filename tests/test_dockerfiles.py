"""The base images are built elsewhere as they are built here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from caliban_domain.base_images import BaseImage, read_matrix
from fakes.discovery import read_api

DOCKERFILES = Path(__file__).parent.parent / "dockerfiles"
IMAGES = read_matrix((DOCKERFILES / "base/matrix.toml").read_text())
CLOUD_BUILD: dict[str, Any] = json.loads((DOCKERFILES / "cloudbuild.json").read_text())


def test_cloud_build_s_file_is_that_of_the_matrix() -> None:
    generate = [sys.executable, str(DOCKERFILES / "generate_cloud_build.py"), "--print"]
    printed = subprocess.run(generate, capture_output=True, text=True, check=True).stdout
    stale = "run dockerfiles/generate_cloud_build.py, and commit what it writes"
    assert (DOCKERFILES / "cloudbuild.json").read_text() == printed, stale


def test_cloud_build_knows_all_that_it_is_told() -> None:
    schemas = read_api("cloudbuild", "v1").schemas
    assert schemas.complaints_about_request("Build", CLOUD_BUILD) == []
    assert schemas.complaints_about_request("Build", {**CLOUD_BUILD, "upon": "x"})


def test_cloud_build_pushes_what_it_tags() -> None:
    tagged = [word for step in CLOUD_BUILD["steps"] for word in step["args"] if "--tag" in word]
    assert [f"--tag={image}" for image in CLOUD_BUILD["images"]] == tagged
    assert len(tagged) == len(IMAGES)


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_the_dockerfile_declares_what_it_is_told(image: BaseImage) -> None:
    dockerfile = (DOCKERFILES / "base/Dockerfile").read_text()
    assert all(f"ARG {name}=" in dockerfile for name in image.build_args)


def test_there_are_images_for_cpus_and_for_gpus() -> None:
    assert {image.name.partition("-")[0] for image in IMAGES} == {"cpu", "gpu"}
