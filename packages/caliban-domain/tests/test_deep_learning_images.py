"""Short names of Deep Learning images."""

import pytest

from caliban_domain.deep_learning_images import NAMES, full_name


@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_is_offered_stands_for_an_image_of_the_registry(name: str) -> None:
    image = full_name(name)
    assert image is not None
    assert image.startswith("us-docker.pkg.dev/deeplearning-platform-release/gcr.io/")


@pytest.mark.parametrize("name", ["dlvm:tf2-gpu-2.1", "dlvm:pytorch-cpu-1.4", "dlvm:", "python"])
def test_a_name_that_is_gone_stands_for_nothing(name: str) -> None:
    assert full_name(name) is None
