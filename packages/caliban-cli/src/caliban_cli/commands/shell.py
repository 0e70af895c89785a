"""``caliban shell``: work in the environment that scripts run in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from caliban_cli import remote_wiring, session_wiring, wiring
from caliban_cli.ask import has_terminal
from caliban_cli.container_flags import ContainerArgs
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed, switch, value
from caliban_cli.project_flags import DependencyArgs, named_keys, named_tracking, read_dependencies
from caliban_cli.say import say
from caliban_domain.images import JobMode

MANUAL: Final = Manual(
    command="shell",
    summary="Open a shell in an image of the project's dependencies, with its directory mounted.",
    examples="""\
  caliban shell --nogpu
  caliban shell --nogpu --bare --shell bash
  echo 'python train.py' | caliban shell --nogpu

exit codes:
  that of the shell; 2 bad usage or no such shell, 4 the image can't be built, 5 the engine said no
""",
)

_SHELLS: Final = ("bash", "zsh")


@dataclass(frozen=True, kw_only=True)
class Args(DependencyArgs, ContainerArgs):
    image_id: str | None = value(
        "--image_id", about="use this image, which exists, instead of building one", metavar="IMAGE"
    )
    shell: str | None = value(
        "--shell",
        about="bash or zsh (default: $SHELL if it is one of them and the image has it, else bash)",
        choices=_SHELLS,
    )
    bare: bool = switch("--bare", about="leave the home directory outside")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Build, open the shell, and stay until it is left. Returns the shell's exit code."""
    args = parsed.args
    spec = read_dependencies(args, environment)
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    gpus = spec.mode is JobMode.GPU
    command = _command(args.shell, environment.variables)
    settings = session_wiring.with_folders(
        wiring.container_settings(
            environment, command, credentials, gpus=gpus, run_args=args.run_args
        ),
        environment,
        home=not args.bare,
    )
    settings = remote_wiring.with_tracking(settings, named_tracking(environment, args.run_args))
    if gpus:
        wiring.require_gpus()
    images = wiring.images(
        environment, use_cache=not args.no_cache, say=say, credentials=credentials
    )
    image = images.build(spec) if args.image_id is None else images.find(args.image_id)
    with session_wiring.shell(image, settings, terminal=has_terminal()) as container:
        say(f"caliban shell of {environment.cwd} in image {image.short} ({spec.mode.upper()})")
        for mount in settings.mounts:
            say(f"  {mount.target} is {mount.source}" + (", read-only" if mount.read_only else ""))
        say("exit ends it; what you write to these folders stays, all else goes")
        return container.converse()


def _command(wanted: str | None, variables: Mapping[str, str]) -> tuple[str, ...]:
    if wanted is not None:
        return session_wiring.shell_command(wanted, otherwise="")
    usual = PurePath(variables.get("SHELL", "")).name
    return session_wiring.shell_command(
        usual if usual in _SHELLS else _SHELLS[0], otherwise=_SHELLS[0]
    )
