"""What a command line asks to be run: which experiments, in which group, with which image."""

import os
import sys
from datetime import UTC, datetime
from typing import Protocol

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.project_directory import read_entrypoint
from caliban_domain.entrypoints import Entrypoint
from caliban_domain.errors import NothingToDo, UsageError
from caliban_domain.experiments import ONE_EXPERIMENT, Sweep
from caliban_domain.images import ImageSpec
from caliban_domain.launch import Launch
from caliban_domain.names import default_group_name, group_name


class LaunchArgs(Protocol):
    """The flags of a command that runs experiments."""

    @property
    def module(self) -> str: ...
    @property
    def xgroup(self) -> str | None: ...
    @property
    def rerun(self) -> bool: ...


def read_sweep(experiment_config: str | None) -> Sweep:
    """The sweep that a file or standard input describes; without one, a single experiment."""
    if experiment_config is None:
        return ONE_EXPERIMENT
    from caliban_expansion.source import read_sweep as read

    sweep = read(experiment_config, sys.stdin)
    if not sweep.count:
        raise NothingToDo(f"{experiment_config} describes no experiments")
    return sweep


def launch_request(
    args: LaunchArgs,
    script_args: tuple[str, ...],
    environment: Environment,
    *,
    sweep: Sweep,
    image: ImageSpec | str,
) -> Launch:
    """All of it, as of now. Raises UsageError."""
    if isinstance(image, ImageSpec):
        wiring.require_in_image(image, read_entrypoint(args.module, environment.cwd).file)
    now = datetime.now(UTC)
    return Launch(
        group=group_name(args.xgroup)
        if args.xgroup is not None
        else default_group_name(environment.user, now.astimezone()),
        sweep=sweep,
        script=args.module,
        script_args=_as_text(script_args),
        image=image,
        user=environment.user,
        host=environment.host,
        now=now,
        rerun=args.rerun,
    )


def image_plan(spec: ImageSpec, entrypoint: Entrypoint) -> str:
    """How an image would be made, in the conditional."""
    of = f"{spec.project} for {spec.platform}" if spec.platform else spec.project
    parts = [
        f"would build a {spec.mode.upper()} image of {of} from {spec.base_image}:",
        *(f"  install {name}" for name in (*spec.apt_packages, *spec.requirements)),
        *(f"  copy {path}" for path in (*spec.extra_dirs, entrypoint.folder)),
    ]
    return "\n".join(parts)


def _as_text(script_args: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, if they can be sent elsewhere, where only UTF-8 is taken."""
    for argument in script_args:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"the script's argument {os.fsencode(argument)!r} is not UTF-8 text",
                hint="put bytes into a file that the image holds, and pass its name",
            ) from error
    return script_args
