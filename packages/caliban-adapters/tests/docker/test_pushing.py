"""What is pushed; against a real registry in ``integration/test_pushing.py``."""

import pytest

from caliban_adapters.docker.pushing import PushedImages
from caliban_domain.dry_run import NoImages
from caliban_domain.errors import PlatformUnavailable
from caliban_domain.repositories import Repository


@pytest.mark.integration
def test_an_image_that_is_gone_is_not_pushed() -> None:
    said: list[str] = []
    images = PushedImages(NoImages(), Repository("localhost:1", "oak"), say=said.append)
    with pytest.raises(PlatformUnavailable, match="lost image"):
        images.find("no-such-image-of-anybody")
    assert said == []
