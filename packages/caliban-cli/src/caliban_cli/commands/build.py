"""``caliban build``: make the image of a project, or a base image."""

from dataclasses import dataclass
from typing import Final

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed, value
from caliban_cli.project_flags import ProjectArgs, named_keys, read_project
from caliban_cli.say import say
from caliban_domain.errors import UsageError
from caliban_domain.projects import image_name

MANUAL: Final = Manual(
    command="build",
    summary="Make the image that `caliban run` uses, and print its id; or a base image.",
    examples="""\
  caliban build --nogpu train.py
  caliban build --nogpu -d data trainer.train
  caliban build --base gpu-cuda129-py312
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(ProjectArgs):
    module: str = value(
        "module", about="code that the image is for, as in `caliban run`", default=""
    )
    base: str | None = value(
        "--base",
        about="build this base image instead, and print its name: (cpu|gpu-CUDA)-PYTHON, such as "
        "cpu-py312 or gpu-cuda129-py312",
        metavar="NAME",
    )
    upon: str | None = value(
        "--upon", about="with --base: build it upon another image than usual", metavar="IMAGE"
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Build, and print the image's id on stdout, or a base image's name. Returns 0."""
    args = parsed.args
    if args.base is not None:
        print(_build_base(args, args.base))
        return 0
    if args.upon is not None:
        raise UsageError(
            "--upon is for base images",
            hint="base_image in .calibanconfig.json says what a project's image is built upon",
        )
    if not args.module:
        raise UsageError(
            "caliban build needs the module that the image is for, or --base with a name"
        )
    entrypoint, spec = read_project(parsed.args, environment)
    wiring.require_in_image(spec, entrypoint.file)
    credentials = wiring.credentials(environment, *named_keys(parsed.args, environment))
    images = wiring.images(
        environment, use_cache=not parsed.args.no_cache, say=say, credentials=credentials
    )
    print(images.build(spec).reference)
    return 0


def _build_base(args: Args, name: str) -> str:
    if args.module or args.dir:
        raise UsageError(
            "--base builds an image without code, so neither a module nor --dir belong to it",
            hint=f"caliban build --base {name}, and then the project's image with base_image",
        )
    upon = args.upon and image_name(args.upon, "--upon")
    return wiring.build_base(name, upon=upon, use_cache=not args.no_cache, say=say)
