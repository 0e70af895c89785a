"""The Dockerfile of an image, written from its spec.

What changes seldom comes first: Python, Debian packages, requirements, extra directories in the
order given, and the code last, so that an edit of the code rebuilds one layer. Any uid can run
the image, because the uid is only known at run time: the home and the code are everybody's.

Names of files stand in JSON arrays. What is pasted bare, images and packages, is checked first.
"""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from caliban_adapters.docker import installation
from caliban_adapters.docker.installation import REQUIREMENTS, VENV, Step
from caliban_domain.dependencies import CONDA
from caliban_domain.entrypoints import EVERYTHING
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageSpec

HOME: Final = "/home/caliban"
WORKDIR: Final = "/usr/app"
UV_VERSION: Final = "0.13.9"
CLASSIC_ROOT: Final = "project"

BUILD_SECRETS: Final[Mapping[str, str]] = {
    "google": "/root/.config/gcloud/application_default_credentials.json",
    "netrc": "/root/.netrc",
}
"""Where what installs finds credentials, if they are given to the build under these names.

These are places that programs look at by themselves, so that nothing in an image refers to them.
"""

_CODE: Final = "/code"

_IMAGE: Final = r"[A-Za-z0-9][A-Za-z0-9._/:@-]*"
_APT_PACKAGE: Final = r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?"

_APT_GET: Final = """\
apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
{packages} && apt-get clean && rm -rf /var/lib/apt/lists/*"""

# What the base image holds stays importable; where its python3 is in a venv, by a path file.
_SHOW_SITE: Final = "import site; print(site.getsitepackages()[0])"
_SHOW_VENV: Final = (
    "import site, sys; sys.prefix == sys.base_prefix or "
    'print(f"import site; site.addsitedir({site.getsitepackages()[0]!r})")'
)
_PREPARED: Final = """\
FROM {platform}{base} AS prepared
USER root
{conda}RUN python3 -c 'import {modules}' || {{ {apt_get}; }}
RUN mkdir -p {home} {workdir} && chmod 1777 {home} && chmod 0777 {workdir} \\
    && python3 -m venv --without-pip --system-site-packages {venv} \\
    && python3 -c '{show_venv}' \\
    > "$({venv}/bin/python -c '{show_site}')/base_image.pth"
ENV PATH={venv}/bin:$PATH
WORKDIR {workdir}
"""

# pip before version 24.2 knows nothing of the system's certificates unless it is told.
_INSTALL_UV: Final = """\
RUN {mount}export PIP_CERT="${{PIP_CERT:-$(ls /etc/ssl/certs/ca-certificates.crt)}}" \\
    && python3 -m venv /opt/uv && /opt/uv/bin/pip install --disable-pip-version-check uv=={version}
"""

# An arbitrary uid couldn't store what Python compiles on import. The tests of packages, which are
# often half of their files, are not imported.
_THEN_COMPILE: Final = (
    f'"$@" && {{ {VENV}/bin/python -m compileall -qq -j 0 -x /tests/ {VENV}/lib || true; }}'
)


@dataclass(frozen=True, slots=True)
class _Copying:
    """How files are copied: with which flags, and from where in what the builder is sent."""

    flags: str
    root: str

    def line(self, source: str, target: str) -> str:
        return f"COPY {self.flags}{json.dumps([self.root + _source(source), _target(target)])}\n"


# The uid is only known at run time, so everybody may write where the code is.
_BUILDKIT: Final = _Copying(flags="--chmod=0777 ", root="./")
_CLASSIC: Final = _Copying(flags="", root=f"./{CLASSIC_ROOT}/")


def render(spec: ImageSpec, *, buildkit: bool, included: Sequence[str] = ()) -> str:
    """The Dockerfile of a spec, for BuildKit or for the classic builder.

    ``included`` are the files that the spec's requirements refer to. The classic builder knows
    no ``--chmod``: it is sent files that everybody may write to, below ``CLASSIC_ROOT``.
    Raises UsageError for a name that can't stand in a Dockerfile.
    """
    copying = _BUILDKIT if buildkit else _CLASSIC
    requirements = tuple(dict.fromkeys((*spec.requirements, *included)))
    installs = installation.has_python_packages(spec)
    early = requirements if CONDA in requirements else ()
    mounts = _mounts(spec) if buildkit else ()
    parts = [
        _prepared(spec, "".join(copying.line(path, _beside(path)) for path in early)),
        _uv_stage() if installs and buildkit else "",
        _code_stage(spec, copying),
        "FROM prepared\n",
        _apt(spec.apt_packages),
        _INSTALL_UV.format(mount="", version=UV_VERSION) if installs and not buildkit else "",
        *(copying.line(path, _beside(path)) for path in requirements if not early),
        *(_run(step, mounts) for step in installation.steps(spec)),
        f"ENV HOME={HOME} PYTHONUNBUFFERED=1\n",
        _directories(spec),
        *(copying.line(path, path) for path in _extra_dirs(spec)),
        _code(spec, copying),
    ]
    return "".join(parts)


def _prepared(spec: ImageSpec, copied: str) -> str:
    if not re.fullmatch(_IMAGE, spec.base_image):
        raise UsageError(
            f"{spec.base_image!r} is not the name of an image",
            hint="base_image in .calibanconfig.json or $CALIBAN_BASE_IMAGE names the base image, "
            "such as python:3.12-slim",
        )
    return _PREPARED.format(
        platform=f"--platform={spec.platform} " if spec.platform else "",
        base=spec.base_image,
        conda=copied + installation.conda(spec),
        modules="ensurepip, venv" if installation.has_python_packages(spec) else "venv",
        apt_get=_APT_GET.format(packages="ca-certificates python3 python3-venv"),
        home=HOME,
        workdir=WORKDIR,
        venv=VENV,
        show_site=_SHOW_SITE,
        show_venv=_SHOW_VENV,
    )


def _apt(packages: Iterable[str]) -> str:
    names = sorted(set(packages))
    for name in names:
        if not re.fullmatch(_APT_PACKAGE, name):
            raise UsageError(
                f"{name!r} is not the name of a Debian package",
                hint="apt_packages in .calibanconfig.json lists names such as libsm6",
            )
    return f"RUN {_APT_GET.format(packages=' '.join(names))}\n" if names else ""


def _uv_stage() -> str:
    """Where uv is installed; the image doesn't keep it, because it is large and needed once."""
    mount = "--mount=type=cache,target=/root/.cache/pip "
    return "FROM prepared AS uv\n" + _INSTALL_UV.format(mount=mount, version=UV_VERSION)


def _beside(path: str) -> str:
    """The directory for a requirements file, such that relative paths in it stay right."""
    return posixpath.dirname(f"{REQUIREMENTS}/{path}")


def _mounts(spec: ImageSpec) -> tuple[str, ...]:
    """What an install step sees and the image doesn't keep."""
    secrets = BUILD_SECRETS.items() if spec.build_credentials else ()
    return (
        "type=bind,from=uv,source=/opt/uv,target=/opt/uv",
        "type=cache,target=/root/.cache/uv",
        *(f"type=secret,id={name},target={target}" for name, target in secrets),
    )


def _run(step: Step, mounts: Sequence[str]) -> str:
    if not mounts:
        return f"RUN {_uv(step, '--no-cache')}\n"
    # The cache is a mount, that is another file system: nothing can be linked from there.
    cache = ("--cache-dir", "/root/.cache/uv", "--link-mode", "copy")
    mounted = "".join(f"--mount={mount} " for mount in mounts)
    return f"RUN {mounted}{_uv(step, *cache)}\n"


def _uv(step: Step, *cache: str) -> str:
    argv = ["/opt/uv/bin/uv", *step.command, "--no-progress", *cache, *step.what]
    return json.dumps(["sh", "-c", _THEN_COMPILE, "sh", *argv] if step.installs else argv)


def _extra_dirs(spec: ImageSpec) -> Iterable[str]:
    return dict.fromkeys(path for path in spec.extra_dirs if path != spec.folder)


def _inside_folder(spec: ImageSpec) -> list[str]:
    """The extra directories that the code's folder holds, relative to it."""
    if spec.folder is None:
        return []
    prefix = "" if spec.folder == EVERYTHING else f"{spec.folder}/"
    return [path.removeprefix(prefix) for path in _extra_dirs(spec) if path.startswith(prefix)]


def _code_stage(spec: ImageSpec, copying: _Copying) -> str:
    """The code without the extra directories in it, which have layers of their own."""
    inside = _inside_folder(spec)
    if spec.folder is None or not inside:
        return ""
    remove = json.dumps(["rm", "-rf", "--", *(f"{_CODE}/{path}" for path in inside)])
    return f"FROM prepared AS code\n{copying.line(spec.folder, _CODE)}RUN {remove}\n"


def _code(spec: ImageSpec, copying: _Copying) -> str:
    if spec.folder is None:
        return ""
    if _inside_folder(spec):
        return f"COPY --from=code {json.dumps([f'{_CODE}/', _target(spec.folder)])}\n"
    return copying.line(spec.folder, spec.folder)


def _directories(spec: ImageSpec) -> str:
    """Directories that COPY would make for its owner alone."""
    paths = dict.fromkeys(
        ancestor
        for path in (*_extra_dirs(spec), spec.folder)
        if path not in (None, EVERYTHING)
        for ancestor in _ancestors(path)
    )
    if not paths:
        return ""
    return f"RUN {json.dumps(['mkdir', '-p', '-m', '0777', '--', *paths])}\n"


def _ancestors(path: str) -> Iterator[str]:
    """``a/b/c`` gives ``a``, ``a/b`` and ``a/b/c``."""
    for slash in re.finditer("/|$", path):
        yield path[: slash.start()]


def _source(path: str) -> str:
    """A path as COPY reads a source: a pattern, after variables and quotes in it are resolved."""
    return "" if path == EVERYTHING else _unexpanded(re.sub(r"[*?\[\\]", _as_class, path))


def _as_class(special: re.Match[str]) -> str:
    return "[\\\\]" if special[0] == "\\" else f"[{special[0]}]"


def _target(path: str) -> str:
    if path == EVERYTHING:
        return "./"
    return _unexpanded(path if path.startswith("/") else f"./{path}") + "/"


def _unexpanded(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{text!r} can't stand in a Dockerfile: its name isn't UTF-8") from error
    return re.sub(r"""([\\'"$])""", r"\\\1", text)
