"""Google's own library, led to the fake of the test."""

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.clients import Library
from fakes.server import Google


@pytest.fixture
def library(google: Google) -> Iterator[Library]:
    with Library(google) as library:
        yield library


@pytest.fixture
def jobs(library: Library) -> Any:
    """The library's custom jobs, for somebody who needn't log in."""
    return library.custom_jobs()
