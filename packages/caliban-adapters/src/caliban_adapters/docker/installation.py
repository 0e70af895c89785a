"""How what a project depends on is installed: commands of uv, and of micromamba for conda.

Each kind of file becomes requirements that one command installs, so that all agree with each
other: a lock is exported, a setup.py is read.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from caliban_adapters.docker import read_setup
from caliban_domain.dependencies import CONDA, LOOKED_FOR, PYPROJECT, SETUP, UV_LOCK
from caliban_domain.dependencies import REQUIREMENTS as TEXT
from caliban_domain.images import ImageSpec

VENV: Final = "/opt/venv"
REQUIREMENTS: Final = "/opt/requirements"

_PYTHON: Final = ("--python", f"{VENV}/bin/python")
# uv trusts its own certificates unless told to trust the system's.
_ALWAYS: Final = (*_PYTHON, "--system-certs")
# Later ones have no pkg_resources, which many a setup.py imports.
_SETUPTOOLS: Final = "setuptools<81"
_WRITTEN: Final = "of-the-project.txt"

# Where uv finds what pyproject.toml says of indexes and sources.
_HERE: Final = ("--directory", REQUIREMENTS)
_KINDS: Final = frozenset(LOOKED_FOR) - {TEXT}

_CONDA: Final = """\
COPY --from=mambaorg/micromamba:2.3.0 ["/bin/micromamba", "/opt/micromamba"]
RUN ["/opt/micromamba", "create", "--yes", "--root-prefix", "/opt/mamba", "--prefix", \
"/opt/conda", "--file", "{file}", "python", "pip"]
ENV CONDA_PREFIX=/opt/conda PATH=/opt/conda/bin:$PATH
"""


class Step(NamedTuple):
    """A command of uv, in the two parts between which the builder's own options stand.

    ``installs`` is whether there are modules to compile afterwards.
    """

    command: tuple[str, ...]
    what: tuple[str, ...]
    installs: bool = False


def has_python_packages(spec: ImageSpec) -> bool:
    """Whether uv has anything to install."""
    return bool(set(spec.requirements) - {CONDA} or spec.packages)


def conda(spec: ImageSpec) -> str:
    """The instructions that make conda's Python, where there is one, that of the image."""
    return _CONDA.format(file=f"{REQUIREMENTS}/{CONDA}") if CONDA in spec.requirements else ""


def steps(spec: ImageSpec) -> Iterator[Step]:
    """The commands of uv that install all that a spec asks for, in order."""
    if UV_LOCK in spec.requirements:
        leave_out = ("--frozen", "--no-dev", "--no-emit-local", "--quiet")
        written = ("--output-file", f"{REQUIREMENTS}/{_WRITTEN}")
        yield Step(("export", *_ALWAYS), (*_HERE, *leave_out, *_extras(spec), *written))
    elif SETUP in spec.requirements:
        from inspect import getsource

        # In one line, as builders repeat the command when they tell of it.
        script = f"exec({getsource(read_setup)!r})"
        alone = ("--no-project", "--isolated", "--quiet", "--with", _SETUPTOOLS)
        argv = ("python", "-c", script, _WRITTEN, spec.mode.value, *spec.extras)
        yield Step(("run", *_ALWAYS), (*_HERE, *alone, *argv))
    install = ("pip", "install", *_ALWAYS)
    if named := _named(spec):
        yield Step(install, named, installs=True)
    if spec.packages:
        yield Step(install, ("--", *spec.packages), installs=True)


def _named(spec: ImageSpec) -> tuple[str, ...]:
    """The files to install from, and how."""
    sources = [path for path in spec.requirements if path not in _KINDS]
    if UV_LOCK in spec.requirements or SETUP in spec.requirements:
        where: tuple[str, ...] = _HERE
        sources.append(_WRITTEN)
    elif PYPROJECT in spec.requirements:
        where = (*_HERE, *_extras(spec))
        sources.append(PYPROJECT)
    else:
        where = ()
    named = (word for path in sources for word in ("--requirements", f"{REQUIREMENTS}/{path}"))
    return (*where, *named)


def _extras(spec: ImageSpec) -> tuple[str, ...]:
    return tuple(word for extra in spec.extras for word in ("--extra", extra))
