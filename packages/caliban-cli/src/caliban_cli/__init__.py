"""The ``caliban`` command."""
