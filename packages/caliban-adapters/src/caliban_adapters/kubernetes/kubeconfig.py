"""How to reach a cluster: a context of the kubeconfig, Google, or the pod that Caliban is in."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from caliban_adapters.kubernetes.failures import Shut, Unclear
from caliban_adapters.kubernetes.manifest import Destination
from caliban_domain.clusters import Access, ClusterId
from caliban_domain.errors import PlatformError, PlatformUnavailable, UsageError

if TYPE_CHECKING:
    from kubernetes.client import Configuration

_POD: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_IN_A_POD: Final = "KUBERNETES_SERVICE_HOST"
_HINT: Final = "$KUBECONFIG, or else ~/.kube/config, says how clusters are reached"


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where a person's kubeconfig is looked for: in the variable KUBECONFIG, or in the home.

    ``google`` tells how clusters are reached that no kubeconfig knows; it raises PlatformError.
    """

    variables: Mapping[str, str]
    home: Path
    google: Callable[[ClusterId], Access] | None = None

    @property
    def paths(self) -> str:
        return self.variables.get("KUBECONFIG") or str(self.home / ".kube" / "config")


def destination(context: str | None, namespace: str | None, places: Places) -> Destination:
    """Where to, of what a person said and the kubeconfig holds. Raises UsageError.

    Without a context it is the current one; in a pod without kubeconfig, the pod's own cluster.
    """
    try:
        return _destination(context, namespace, places)
    except Shut as failure:
        raise UsageError(failure.message, hint=failure.hint) from failure


def configuration(context: str | None, places: Places) -> "Configuration":
    """The client's settings for a context, or for the pod's own cluster. Raises Shut.

    TLS is verified, whatever the kubeconfig says.
    """
    from kubernetes.client import Configuration
    from kubernetes.config import load_incluster_config
    from kubernetes.config.kube_config import KubeConfigLoader

    settings = Configuration()
    if context is None:
        with _explained("the credentials of this pod can't be read"):
            load_incluster_config(client_configuration=settings)
        return settings
    config = _read(places)
    if places.google and (cluster := _at_google(context, config)):
        _lead_to(settings, cluster, places.google)
        return settings
    if config is None:
        raise Shut(f"there is no kubeconfig at {places.paths}", hint=_HINT)
    user = _user(config, _context(config, context, places))
    with _explained(f"context {context} of the kubeconfig can't be used"), _quiet():
        loader = KubeConfigLoader(config_dict=config, active_context=context)
        loader.load_and_set(settings)
    if "exec" in user and not (settings.api_key or settings.cert_file):
        _explain_login(user["exec"], context)
    if not settings.host:
        raise Shut(f"context {context} of the kubeconfig names no server", hint=_HINT)
    settings.verify_ssl = True
    return settings


def _destination(context: str | None, namespace: str | None, places: Places) -> Destination:
    config = _read(places)
    if context and places.google and _at_google(context, config):
        return Destination(context, namespace or "default")
    if config is None:
        if context is None and _IN_A_POD in places.variables:
            kept = _POD / "namespace"
            own = kept.read_text().strip() if kept.is_file() else "default"
            return Destination(None, namespace or own)
        raise Shut(f"there is no kubeconfig at {places.paths}", hint=_HINT)
    name = context or config.safe_get("current-context")
    if not name:
        raise Shut("the kubeconfig has no current context", hint="--context names one of it")
    chosen = _context(config, name, places)
    return Destination(str(name), namespace or chosen.get("namespace") or "default")


def _at_google(context: str, config: Any) -> ClusterId | None:
    """The cluster that a context is called after, if the kubeconfig doesn't know the context."""
    known = config is not None and context in _named(config, "contexts")
    return None if known else ClusterId.of_context(context)


def _lead_to(
    settings: "Configuration", cluster: ClusterId, google: Callable[[ClusterId], Access]
) -> None:
    with _refusals():
        access = google(cluster)
        token = access.token()

    def log_in(chosen: "Configuration") -> None:
        """Before each request: a token lives for an hour, and a log may be followed for days."""
        with _refusals():
            chosen.api_key["BearerToken"] = access.token() or ""

    settings.host = access.address
    settings.ca_cert_data = access.authority
    settings.verify_ssl = True
    if token:
        # The client asks the hook only where it has a token already.
        settings.api_key = {"BearerToken": token}
        settings.api_key_prefix = {"BearerToken": "Bearer"}
        settings.refresh_api_key_hook = log_in  # type: ignore[assignment]


@contextmanager
def _refusals() -> Iterator[None]:
    """Google's refusals as those of a cluster."""
    try:
        yield
    except PlatformUnavailable as error:
        raise Unclear(error.message) from error
    except PlatformError as error:
        raise Shut(error.message, hint=error.hint) from error


def _read(places: Places) -> Any:
    from kubernetes.config.kube_config import KubeConfigMerger

    with _explained(f"the kubeconfig {places.paths} can't be read"):
        return KubeConfigMerger(places.paths).config


def _context(config: Any, name: str, places: Places) -> Mapping[str, Any]:
    known = _named(config, "contexts")
    if name in known:
        return known[name].get("context") or {}
    near = get_close_matches(name, known, n=1)
    raise Shut(
        f"the kubeconfig {places.paths} has no context {name}"
        + (f"; did you mean {near[0]}?" if near else ""),
        hint=f"it has {', '.join(known)}" if known else _HINT,
    )


def _user(config: Any, context: Mapping[str, Any]) -> Mapping[str, Any]:
    user = _named(config, "users").get(str(context.get("user")), {})
    return user.get("user") or {}


def _named(config: Any, kind: str) -> dict[str, Mapping[str, Any]]:
    """The contexts, or users, of a kubeconfig, by their names."""
    return {str(one.value["name"]): one.value for one in config.value.get(kind, ())}


def _explain_login(command: Mapping[str, Any], context: str) -> None:
    """Run a plug-in that gave no credentials once more, for what it says."""
    from kubernetes.config import ConfigException
    from kubernetes.config.exec_provider import ExecProvider
    from kubernetes.config.kube_config import ConfigNode

    said = "it gave neither a token nor a certificate"
    with _quiet():
        try:
            ExecProvider(ConfigNode("exec", dict(command)), None).run()
        except (ConfigException, OSError, ValueError, KeyError) as error:
            said = " ".join(str(error).split())
    raise Shut(
        f"the command that logs in to context {context} failed: {said}",
        hint=f"the kubeconfig says to execute {command['command']}",
    )


@contextmanager
def _explained(what: str) -> Iterator[None]:
    from kubernetes.config import ConfigException
    from yaml import YAMLError

    try:
        yield
    except (ConfigException, YAMLError, OSError, ValueError, TypeError, AttributeError) as error:
        raise Shut(f"{what}: {' '.join(str(error).split())}", hint=_HINT) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """The client tells the log of a plug-in that fails, and nobody else."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
