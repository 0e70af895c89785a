"""Provenance is a value: compared by what it says, and complete with a version alone."""

from caliban_domain.provenance import Provenance, Revision


def test_a_clean_revision_has_no_diff() -> None:
    assert Revision(commit="4c", dirty=False).diff is None


def test_launches_that_say_the_same_are_the_same() -> None:
    assert Provenance(version="1") == Provenance(version="1", command=(), revision=None)
    assert Provenance(version="1") != Provenance(version="2")
