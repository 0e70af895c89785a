"""How all tests run: a shared idea of how many examples make a law, and contracts that explain."""

import os

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("port_contracts", "workplace")

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")
