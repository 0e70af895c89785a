"""The flags of every command that makes an image, and what they and the project's files ask for."""

from dataclasses import dataclass, replace

from caliban_cli.environment import Environment
from caliban_cli.options import switch, value, values
from caliban_cli.project_directory import (
    dependencies_of,
    image_spec,
    read_config,
    read_entrypoint,
)
from caliban_cli.say import say
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.images import ImageSpec, JobMode
from caliban_domain.mlflow import MlflowConfig
from caliban_domain.projects import ProjectConfig


@dataclass(frozen=True, kw_only=True)
class DependencyArgs:
    """Flags that say what code finds in an image, and with which credentials it runs."""

    nogpu: bool = switch("--nogpu", about="run on the CPU (the GPU is the default)")
    cloud_key: str | None = value(
        "--cloud_key",
        about="service account key for Google Cloud ($GOOGLE_APPLICATION_CREDENTIALS by default)",
        metavar="FILE",
    )
    extras: list[str] = values(
        *("-e", "--extras"),
        about="extra of the project's pyproject.toml or setup.py to install; repeatable",
        metavar="NAME",
    )
    no_cache: bool = switch("--no_cache", about="build every step of the image anew")

    def mode(self, config: ProjectConfig) -> JobMode:
        """What hardware the image is for."""
        return JobMode.CPU if self.nogpu else config.default_mode


@dataclass(frozen=True, kw_only=True)
class ProjectArgs(DependencyArgs):
    """Flags that say what goes into an image."""

    module: str = value(
        "module",
        about="code to run: a module (trainer.train), a Python file (trainer/train.py) or a "
        "shell script (job.sh)",
    )
    dir: list[str] = values(
        "-d", "--dir", metavar="DIR", about="extra directory to copy, largest first; repeatable"
    )


def read_project(args: ProjectArgs, environment: Environment) -> tuple[Entrypoint, ImageSpec]:
    """What to run, and how its image is made. Raises UsageError for what can't be."""
    config = read_config(environment)
    entrypoint = read_entrypoint(args.module, environment.cwd)
    spec = image_spec(
        environment, config, entrypoint.folder, mode=args.mode(config), extra_dirs=args.dir
    )
    return entrypoint, _with_dependencies(spec, args)


def read_dependencies(
    args: DependencyArgs, environment: Environment, *, packages: tuple[str, ...] = ()
) -> ImageSpec:
    """How an image without code is made, with packages of our own. Raises UsageError."""
    config = read_config(environment)
    spec = image_spec(environment, config, None, mode=args.mode(config))
    return replace(_with_dependencies(spec, args), packages=packages)


def _with_dependencies(spec: ImageSpec, args: DependencyArgs) -> ImageSpec:
    spec, warning = dependencies_of(spec, args.extras)
    if warning:
        say(warning)
    return spec


def named_keys(args: DependencyArgs, environment: Environment) -> tuple[str | None, str | None]:
    """The key for Google Cloud that the flag names, and that of the project's settings."""
    return args.cloud_key, read_config(environment).cloud_key


def named_tracking(environment: Environment, run_args: tuple[str, ...]) -> MlflowConfig | None:
    """The tracking server of the project's settings; says so where no container reaches it."""
    config = read_config(environment).mlflow
    shares_network = any(word.startswith("--net") for word in run_args)
    if config and config.is_this_machine and not shares_network:
        say(f'no container reaches {config.tracking_uri}; --docker_run_args "--network host" helps')
    return config
