"""``caliban cluster create``: a cluster that makes nodes as jobs ask for them."""

import json
from dataclasses import dataclass
from typing import Final

from caliban_cli import remote_wiring
from caliban_cli.cluster_flags import GoogleArgs, who_and_where
from caliban_cli.environment import Environment
from caliban_cli.options import Manual, Parsed, switch, value, values
from caliban_cli.say import say
from caliban_domain.clusters import cluster_name
from caliban_domain.errors import UsageError
from caliban_domain.machines import DEFAULT_REGION

MANUAL: Final = Manual(
    command="cluster create",
    summary="Make a cluster that adds nodes of any kind as jobs ask for them, and removes them.",
    examples="""\
  caliban cluster create
  caliban cluster create --cluster_name acorn --zone us-central1-a --single_zone
  caliban cluster create --autopilot
  caliban cluster create --limit nvidia-h200-141gb=8
      where no quota of Compute Engine says how many there may be
  caliban cluster create --dry_run        prints the request
""",
)

_CHANNELS: Final = ("RAPID", "REGULAR", "STABLE", "EXTENDED")


@dataclass(frozen=True, kw_only=True)
class Args(GoogleArgs):
    cluster_name: str = value(
        "--cluster_name", about="its name (default: caliban)", default="caliban", metavar="NAME"
    )
    single_zone: bool = switch(
        "--single_zone", about="have nodes in the zone of the control plane only"
    )
    release_channel: str = value(
        "--release_channel",
        about="how new its Kubernetes is (default: REGULAR)",
        choices=_CHANNELS,
        default="REGULAR",
    )
    autopilot: bool = switch("--autopilot", about="leave the nodes to Google")
    limit: list[str] = values(
        "--limit",
        about="the most of a resource, by GKE's name; repeatable (default: the quotas)",
        metavar="RESOURCE=N",
    )
    dry_run: bool = switch("--dry_run", about="print the request, and make nothing")


def run(parsed: Parsed[Args], environment: Environment) -> int:
    """Make the cluster. Returns 0 once it is there."""
    args = parsed.args
    name, limits = cluster_name(args.cluster_name), dict(map(_limit, args.limit))
    location = args.zone or environment.variables.get("REGION") or DEFAULT_REGION
    project, key = who_and_where(args, environment)
    with remote_wiring.clusters(environment, key, project) as known:
        wanted = remote_wiring.wanted_cluster(
            name=name,
            project=project,
            location=location,
            release_channel=args.release_channel,
            single_zone=args.single_zone,
            autopilot=args.autopilot,
            limits=limits,
        )
        request = known.request(wanted)
        if args.dry_run:
            print(json.dumps({"parent": wanted.parent, **request}, indent=2))
            return 0
        try:
            known.create(wanted, request, say)
        except KeyboardInterrupt:
            say(f"Google goes on; see {known.page(name, location)} or caliban cluster ls")
            raise
    say(f"cluster {name} is there; caliban cluster job submit runs jobs on it")
    return 0


def _limit(written: str) -> tuple[str, int]:
    resource, equals, number = written.partition("=")
    if not (resource and equals and number.isdecimal()):
        raise UsageError(
            f"--limit {written!r} is not a resource and a number",
            hint="write one such as --limit cpu=256 or --limit nvidia-l4=8",
        )
    return resource, int(number)
