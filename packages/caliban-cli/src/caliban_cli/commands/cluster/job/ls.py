"""``caliban cluster job ls``: list the Jobs of a namespace."""

from dataclasses import dataclass
from typing import Final

from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import ListingArgs, print_listing
from caliban_cli.options import Manual, Parsed

MANUAL: Final = Manual(
    command="cluster job ls",
    summary="List the Jobs of a namespace.",
    examples="""\
  caliban cluster job ls
  caliban cluster job ls --context lab --format json
""",
)

_COLUMNS: Final = ("name", "status", "active", "succeeded", "failed", "created", "reason")


@dataclass(frozen=True, kw_only=True)
class Args(ListingArgs):
    """The flags of the list."""


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the list. Returns 0, also where there is nothing."""
    print_listing(parsed.args, environment, _COLUMNS, lambda listing: listing.jobs())
    return 0
