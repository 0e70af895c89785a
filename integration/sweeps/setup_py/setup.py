"""A package whose extras say what each hardware needs, and that reads files beside it."""

from pathlib import Path

from setuptools import find_packages, setup

setup(
    name="digits",
    version="0.1",
    long_description=Path("README.md").read_text(),
    packages=[*find_packages(), "digits"],
    install_requires=["six"],
    extras_require={"cpu": ["toolz"], "gpu": ["idna"], "plots": ["iniconfig"]},
)
