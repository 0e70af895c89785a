"""``caliban cluster pod ls``: list the pods of a namespace."""

from dataclasses import dataclass
from typing import Final

from caliban_cli import cluster_wiring, table
from caliban_cli.environment import Environment
from caliban_cli.kubernetes_flags import ClusterArgs, context_of
from caliban_cli.options import Manual, Parsed, value

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
class Args(ClusterArgs):
    format: str = value(
        "--format",
        choices=tuple(table.FORMATS),
        default="table",
        about="table (the default), json or csv",
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the list. Returns 0, also where there is nothing."""
    args = parsed.args
    context = context_of(args, environment)
    where = cluster_wiring.cluster_place(environment, context, args.checked_namespace)
    with cluster_wiring.listing(environment, where) as listing:
        print(table.text(listing.pods(), _COLUMNS, args.format), end="")
    return 0
