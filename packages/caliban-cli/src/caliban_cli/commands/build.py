"""``caliban build``: make the image of a project."""

from dataclasses import dataclass
from typing import Final

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed
from caliban_cli.project_flags import ProjectArgs, named_keys, read_project
from caliban_cli.say import say

MANUAL: Final = Manual(
    command="build",
    summary="Make the image that `caliban run` uses, and print its id.",
    examples="""\
  caliban build --nogpu train.py
  caliban build --nogpu -d data trainer.train
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(ProjectArgs):
    pass


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Build, and print the image's id on stdout. Returns 0."""
    _, spec = read_project(parsed.args, environment)
    credentials = wiring.credentials(environment, *named_keys(parsed.args, environment))
    images = wiring.images(
        environment, use_cache=not parsed.args.no_cache, say=say, credentials=credentials
    )
    print(images.build(spec).reference)
    return 0
