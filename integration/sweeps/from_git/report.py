"""Prints which of the packages that the sample projects ask for can be imported."""

from importlib.util import find_spec

print(*(name for name in ("idna", "iniconfig", "six", "toolz") if find_spec(name)))
