"""``caliban cluster delete``: have a cluster deleted."""

from dataclasses import dataclass
from typing import Final

from caliban_cli import remote_wiring
from caliban_cli.ask import agreed, require_somebody_to_ask
from caliban_cli.cluster_flags import ClusterArgs, who_and_where
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed, switch
from caliban_cli.say import say
from caliban_domain.clusters import choose

MANUAL: Final = Manual(
    command="cluster delete",
    summary="Delete a cluster and everything that runs on it, after a question.",
    examples="""\
  caliban cluster delete                              the only cluster of the project
  caliban cluster delete --cluster_name acorn --zone us-central1-a
  caliban cluster delete --cluster_name acorn --dry_run
""",
)


@dataclass(frozen=True, kw_only=True)
class Args(ClusterArgs):
    dry_run: bool = switch("--dry_run", about="only say which cluster it would be")
    yes: bool = switch("--yes", about="don't ask")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Delete the cluster. Returns 0 once it is gone, or was to be left."""
    args = parsed.args
    if not (args.yes or args.dry_run):
        require_somebody_to_ask(MANUAL.command)
    project, key = who_and_where(args, environment)
    with remote_wiring.clusters(environment, key, project) as known:
        listed = known.listed(say)
        cluster = choose(listed, project=project, name=args.cluster_name, location=args.zone)
        nodes = "1 node" if cluster.nodes == 1 else f"{cluster.nodes} nodes"
        what = f"cluster {cluster.name} in {cluster.location} of project {project}, with {nodes}"
        if args.dry_run:
            print(f"would delete {what}")
            return 0
        if not args.yes and not agreed(f"delete {what}, and all jobs that run there?"):
            say("deleted nothing")
            return 0
        known.delete(cluster, say)
    say(f"cluster {cluster.name} is gone")
    return 0
