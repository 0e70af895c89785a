"""The stand-in that builds nothing keeps the promises of those that build."""

import pytest

from caliban_domain.dry_run import NoImages
from caliban_domain.images import ImageSpec, JobMode
from port_contracts.images import ImagesContract


class TestNoImages(ImagesContract):
    @pytest.fixture
    def images(self) -> NoImages:
        return NoImages()

    @pytest.fixture
    def spec(self) -> ImageSpec:
        return ImageSpec(project="/project", mode=JobMode.CPU, base_image="base", folder=".")
