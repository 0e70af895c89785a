"""``caliban cluster pod ls``: list the pods of a namespace."""

from dataclasses import dataclass
from typing import Final

from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import ListingArgs, print_listing
from caliban_cli.options import Manual, Parsed

MANUAL: Final = Manual(
    command="cluster pod ls",
    summary="List the pods of a namespace.",
    examples="""\
  caliban cluster pod ls
  caliban cluster pod ls --context lab --format json
""",
)

_COLUMNS: Final = ("name", "phase", "job", "node", "created", "reason")


@dataclass(frozen=True, kw_only=True)
class Args(ListingArgs):
    """The flags of the list."""


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the list. Returns 0, also where there is nothing."""
    print_listing(parsed.args, environment, _COLUMNS, lambda listing: listing.pods())
    return 0
