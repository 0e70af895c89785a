"""Tells what pyproject.toml leaves open."""

from setuptools import setup

setup(install_requires=["six"], extras_require={"gpu": ["idna"], "plots": ["toolz"]})
