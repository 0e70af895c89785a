"""The flags of every command about clusters of Google Cloud, and what they lead to."""

from dataclasses import dataclass
from pathlib import Path

from caliban_cli import remote_wiring, wiring
from caliban_cli.environment import Environment
from caliban_cli.options import value
from caliban_cli.project_directory import read_config


@dataclass(frozen=True, kw_only=True)
class GoogleArgs:
    """Flags that say which project's clusters are meant, and who asks."""

    project_id: str | None = value(
        "--project_id",
        about="project of Google Cloud (default: $PROJECT_ID, the project's settings, the key's)",
        metavar="PROJECT_ID",
    )
    cloud_key: str | None = value(
        "--cloud_key",
        about="service account key for Google Cloud ($GOOGLE_APPLICATION_CREDENTIALS by default)",
        metavar="FILE",
    )
    zone: str | None = value(
        "--zone", about="zone or region of the cluster's control plane", metavar="ZONE"
    )


@dataclass(frozen=True, kw_only=True)
class ClusterArgs(GoogleArgs):
    """Flags that say which cluster is meant."""

    cluster_name: str | None = value(
        "--cluster_name", about="name of the cluster (default: the only one)", metavar="NAME"
    )


def who_and_where(args: GoogleArgs, environment: Environment) -> tuple[str, Path | None]:
    """The project that is meant, and the key to use, if there is one. Raises UsageError."""
    configured = read_config(environment).cloud_key
    credentials = wiring.credentials(environment, args.cloud_key, configured)
    return remote_wiring.project_id(environment, args.project_id, credentials), credentials.key
