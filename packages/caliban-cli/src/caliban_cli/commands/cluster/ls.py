"""``caliban cluster ls``: the clusters of a project."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from caliban_cli import remote_wiring
from caliban_cli.cluster_flags import GoogleArgs, who_and_where
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed, value
from caliban_cli.say import say
from caliban_cli.table import columns
from caliban_domain.clusters import Cluster

MANUAL: Final = Manual(
    command="cluster ls",
    summary="Show the clusters of a project of Google Cloud.",
    examples="""\
  caliban cluster ls
  caliban cluster ls --project_id my-project --zone us-central1 --format json
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(GoogleArgs):
    format: str = value(
        "--format", choices=("table", "json"), default="table", about="table (the default) or json"
    )


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Print the clusters. Returns 0, also where there are none."""
    args = parsed.args
    project, key = who_and_where(args, environment)
    with remote_wiring.clusters(environment, key, project) as known:
        found = [each for each in known.listed(say) if args.zone in (None, each.location)]
    if args.format == "json":
        print(json.dumps([asdict(each) for each in found], indent=2))
    elif found:
        print(_table(found), end="")
    else:
        where = f" in {args.zone}" if args.zone else ""
        say(f"project {project} has no clusters{where}; caliban cluster create makes one")
    return 0


def _table(found: Sequence[Cluster]) -> str:
    header = ("NAME", "LOCATION", "STATUS", "VERSION", "NODES", "KIND")
    rows = [
        (
            *(each.name, each.location, each.status, each.version, str(each.nodes)),
            "autopilot" if each.autopilot else "standard",
        )
        for each in found
    ]
    return columns(header, rows)
