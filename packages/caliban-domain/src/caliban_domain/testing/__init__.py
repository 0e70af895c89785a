"""For the tests of those who use the domain, or do what it does: needs hypothesis."""
