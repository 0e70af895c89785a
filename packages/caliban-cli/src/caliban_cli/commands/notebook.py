"""``caliban notebook``: open Jupyter in the environment that scripts run in."""

import sys
from dataclasses import dataclass
from typing import Final

from caliban_cli import remote_wiring, session_wiring, wiring
from caliban_cli.container_flags import ContainerArgs
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed, switch, value, whole_number
from caliban_cli.project_flags import DependencyArgs, named_keys, named_tracking, read_dependencies
from caliban_cli.say import say
from caliban_domain.errors import PlatformError
from caliban_domain.images import JobMode

MANUAL: Final = Manual(
    command="notebook",
    summary="Open Jupyter in an image of the project's dependencies, with its directory mounted.",
    examples="""\
  caliban notebook --nogpu
  caliban notebook --nogpu --lab --jupyter_version '4.*'
  caliban notebook --nogpu --bare --port 9000

exit codes:
  0 Jupyter was shut down, 2 bad usage, 4 the image can't be built, 5 the engine said no or Jupyter
  failed, 130 interrupted, which is the usual end
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(DependencyArgs, ContainerArgs):
    port: int | None = value(
        "-p",
        "--port",
        about="port on this machine and in the container (default: the first free one from 8888)",
        kind=whole_number,
        metavar="PORT",
    )
    jupyter_version: str | None = value(
        "-jv",
        "--jupyter_version",
        about="version of notebook, or of jupyterlab, to install (default: the newest)",
        metavar="VERSION",
    )
    lab: bool = switch("--lab", about="open Jupyter Lab instead of the classic notebook")
    bare: bool = switch("--bare", about="leave the home directory, and Jupyter's settings, outside")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Build, start Jupyter, print where it is, and stay until it ends. Returns 0.

    Raises PlatformError where Jupyter fails.
    """
    args = parsed.args
    package = session_wiring.jupyter_package(lab=args.lab, version=args.jupyter_version)
    spec = read_dependencies(args, environment, packages=(package,))
    credentials = wiring.credentials(environment, *named_keys(args, environment))
    gpus = spec.mode is JobMode.GPU
    settings = session_wiring.with_folders(
        wiring.container_settings(environment, (), credentials, gpus=gpus, run_args=args.run_args),
        environment,
        home=not args.bare,
    )
    settings = remote_wiring.with_tracking(settings, named_tracking(environment, args.run_args))
    session_wiring.free_port(args.port)  # before a build, that may take long, and again after it
    if gpus:
        wiring.require_gpus()
    images = wiring.images(
        environment, use_cache=not args.no_cache, say=say, credentials=credentials
    )
    begun = session_wiring.begun_jupyter(
        images.build(spec), settings, lab=args.lab, port=args.port, output=sys.stderr
    )
    with begun as (server, container):
        session_wiring.await_jupyter(server, container, say)
        print(server.url, flush=True)
        say("Jupyter answers at the address above; Ctrl-C ends it")
        try:
            exit_code = container.finish()
        except KeyboardInterrupt:
            say("stopping Jupyter")
            container.stop()
            raise
    if exit_code:
        raise PlatformError(f"Jupyter failed with exit code {exit_code}")
    return 0
