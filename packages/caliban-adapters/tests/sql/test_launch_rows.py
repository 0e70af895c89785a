"""What the row of a launch turns into is what it was made from."""

import pytest
from hypothesis import given

from caliban_adapters.sql.launch_rows import launch_row, provenance_of
from caliban_domain.provenance import Provenance
from property.strategies import provenances

pytestmark = pytest.mark.property


@given(provenances)
def test_a_provenance_survives_its_row(provenance: Provenance) -> None:
    assert provenance_of(launch_row(provenance)) == provenance


def test_a_job_without_a_launch_has_no_provenance() -> None:
    assert provenance_of({"version": None, "command": None}) is None
