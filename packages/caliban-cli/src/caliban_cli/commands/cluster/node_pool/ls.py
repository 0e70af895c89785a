"""``caliban cluster node_pool ls``: list the nodes of a cluster, by their pools."""

from dataclasses import dataclass
from typing import Final

from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import ListingArgs, print_listing
from caliban_cli.options import Manual, Parsed

MANUAL: Final = Manual(
    command="cluster node_pool ls",
    summary="List the nodes of a cluster, by their pools.",
    examples="""\
  caliban cluster node_pool ls
  caliban cluster node_pool ls --context lab --format json
""",
)

_COLUMNS: Final = ("name", "machine_type", "accelerators", "nodes")


@dataclass(frozen=True, kw_only=True)
class Args(ListingArgs):
    """The flags of the list."""


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the list. Returns 0, also where there is nothing."""
    print_listing(parsed.args, environment, _COLUMNS, lambda listing: listing.node_pools())
    return 0
