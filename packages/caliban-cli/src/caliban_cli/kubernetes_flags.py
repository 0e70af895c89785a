"""The flags of every command that talks to a Kubernetes cluster."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caliban_cli import cluster_wiring, remote_wiring, table, wiring
from caliban_cli.environment import Environment
from caliban_cli.options import value
from caliban_cli.project_directory import read_config
from caliban_cli.say import say
from caliban_domain.clusters import ClusterId, choose
from caliban_domain.errors import UsageError

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SECRET: Final = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?", re.ASCII)
_KEY: Final = re.compile(r"[-._A-Za-z0-9]{1,253}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Flags that say which cluster is meant."""

    context: str | None = value(
        "--context",
        about="context of the kubeconfig (default: the current one; in a pod, its own cluster)",
        metavar="CONTEXT",
    )
    namespace: str | None = value(
        "--namespace", about="namespace (default: that of the context)", metavar="NAMESPACE"
    )
    cluster_name: str | None = value(
        "--cluster_name", about="cluster of Google Cloud, instead of a context", metavar="NAME"
    )
    zone: str | None = value(
        "--zone", about="zone or region of the control plane of that cluster", metavar="ZONE"
    )
    project_id: str | None = value(
        "--project_id",
        about="project of Google Cloud with that cluster, and with the registry that keeps images "
        "without --image_repository",
        metavar="PROJECT_ID",
    )

    @property
    def checked_namespace(self) -> str | None:
        """The namespace, if it can be one. Raises UsageError."""
        return None if self.namespace is None else name("--namespace", self.namespace)


def context_of(
    args: ClusterArgs, environment: Environment, cloud_key: str | None = None
) -> str | None:
    """The context that is named, by itself or by a cluster of Google Cloud.

    Raises UsageError where there is no such cluster, and PlatformError where Google can't tell.
    """
    if args.cluster_name is None and args.zone is None:
        return args.context
    if args.context is not None:
        flag = "--cluster_name" if args.cluster_name else "--zone"
        raise UsageError(
            f"--context and {flag} both say which cluster is meant",
            hint=f"--context means one of the kubeconfig, {flag} one of Google Cloud",
        )
    credentials = wiring.credentials(environment, cloud_key, read_config(environment).cloud_key)
    project = remote_wiring.project_id(environment, args.project_id, credentials)
    with remote_wiring.clusters(environment, credentials.key, project) as known:
        listed = known.listed(say)
    found = choose(listed, project=project, name=args.cluster_name, location=args.zone)
    return ClusterId(project=project, location=found.location, name=found.name).context


@dataclass(frozen=True, kw_only=True)
class ListingArgs(ClusterArgs):
    """Flags of the commands that list what there is in a cluster."""

    format: str = value(
        "--format",
        choices=tuple(table.FORMATS),
        default="table",
        about="table (the default), json or csv",
    )


def print_listing(
    args: ListingArgs,
    environment: Environment,
    columns: Sequence[str],
    rows: "cluster_wiring.RowsOf",
) -> None:
    """Print a list of the cluster that is meant. Raises UsageError and PlatformError."""
    context = context_of(args, environment)
    where = cluster_wiring.cluster_place(environment, context, args.checked_namespace)
    with cluster_wiring.listing(environment, where) as listing:
        print(table.text(rows(listing), columns, args.format), end="")


def name(flag: str, written: str) -> str:
    """A name that Kubernetes could have given. Raises UsageError."""
    if not _NAME.fullmatch(written):
        raise UsageError(
            f"{flag} {written!r} can't be a name in Kubernetes",
            hint="names have lower-case letters, digits and inner hyphens, at most 63",
        )
    return written


def variables(written: list[str]) -> dict[str, str]:
    """Variables written as NAME=VALUE. Raises UsageError."""
    return dict(_assignment("--env", one, "NAME=VALUE") for one in written)


def secrets(written: list[str]) -> dict[str, tuple[str, str]]:
    """Variables whose values are in Secrets, written as NAME=SECRET:KEY. Raises UsageError."""
    found = {}
    for one in written:
        variable, place = _assignment("--secret_env", one, "NAME=SECRET:KEY")
        secret, _, key = place.partition(":")
        if not _SECRET.fullmatch(secret) or not _KEY.fullmatch(key):
            raise UsageError(
                f"--secret_env {variable}=... names no Secret and key of the cluster",
                hint="write --secret_env NAME=SECRET:KEY; kubectl get secrets shows the Secrets",
            )
        found[variable] = secret, key
    return found


def _assignment(flag: str, written: str, form: str) -> tuple[str, str]:
    variable, equals, text = written.partition("=")
    if not equals or not _VARIABLE.fullmatch(variable):
        # What stands behind the equals sign may be a secret.
        raise UsageError(
            f"{flag} {variable!r} begins with no name of a variable", hint=f"write {flag} {form}"
        )
    return variable, text
