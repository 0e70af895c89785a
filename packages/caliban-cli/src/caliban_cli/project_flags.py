"""The flags of every command that makes an image, and what they and the project's files ask for."""

from dataclasses import dataclass

from caliban_cli.environment import Environment
from caliban_cli.options import switch, value, values
from caliban_cli.project_directory import image_spec, read_config, read_entrypoint
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.images import ImageSpec, JobMode


@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """Flags that say what goes into an image."""

    module: str = value(
        "module",
        about="code to run: a module (trainer.train), a Python file (trainer/train.py) or a "
        "shell script (job.sh)",
    )
    nogpu: bool = switch("--nogpu", about="run on the CPU (the GPU is the default)")
    dir: list[str] = values(
        "-d", "--dir", metavar="DIR", about="extra directory to copy, largest first; repeatable"
    )
    no_cache: bool = switch("--no_cache", about="build every step of the image anew")


def read_project(args: ProjectArgs, environment: Environment) -> tuple[Entrypoint, ImageSpec]:
    """What to run, and how its image is made. Raises UsageError for what can't be."""
    config = read_config(environment)
    mode = JobMode.CPU if args.nogpu else config.default_mode
    entrypoint = read_entrypoint(args.module, environment.cwd)
    return entrypoint, image_spec(environment, config, entrypoint, mode=mode, extra_dirs=args.dir)
