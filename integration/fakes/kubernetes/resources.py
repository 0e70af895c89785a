"""Which kinds of objects there are, and the addresses that lead to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Thing = dict[str, Any]
"""An object as JSON has it. One that is kept is never changed, only replaced."""

_READ: Final = ("get", "list", "watch")
_WRITE: Final = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind of objects. ``schema`` says whether Kubernetes publishes one for it."""

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    schema: bool = True
    verbs: tuple[str, ...] = (*_READ, *_WRITE)
    subresources: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As messages name it: ``jobs.batch``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


NAMESPACES: Final = Resource(plural="namespaces", kind="Namespace", namespaced=False)
NODES: Final = Resource(plural="nodes", kind="Node", namespaced=False)
PODS: Final = Resource(plural="pods", kind="Pod", subresources=("log", "status"))
CONFIG_MAPS: Final = Resource(plural="configmaps", kind="ConfigMap")
SECRETS: Final = Resource(plural="secrets", kind="Secret")
SERVICE_ACCOUNTS: Final = Resource(plural="serviceaccounts", kind="ServiceAccount")
EVENTS: Final = Resource(plural="events", kind="Event")
JOBS: Final = Resource(plural="jobs", kind="Job", group="batch", subresources=("status",))
LOCAL_QUEUES: Final = Resource(
    plural="localqueues",
    kind="LocalQueue",
    group="kueue.x-k8s.io",
    version="v1beta2",
    schema=False,
)
ACCESS_REVIEWS: Final = Resource(
    plural="selfsubjectaccessreviews",
    kind="SelfSubjectAccessReview",
    group="authorization.k8s.io",
    namespaced=False,
    verbs=("create",),
)

RESOURCES: Final = (
    NAMESPACES,
    NODES,
    PODS,
    CONFIG_MAPS,
    SECRETS,
    SERVICE_ACCOUNTS,
    EVENTS,
    JOBS,
    LOCAL_QUEUES,
    ACCESS_REVIEWS,
)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a request goes; what isn't said is empty."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def scope(self) -> str:
        """The namespace whose roles decide; a namespace itself is in itself."""
        return self.name if self.resource == NAMESPACES else self.namespace

    @property
    def path(self) -> dict[str, str]:
        parts = {"namespace": self.namespace, "name": self.name}
        return {part: text for part, text in parts.items() if text}

    @property
    def qualified(self) -> str:
        """The plural, with the subresource as rules of access name it: ``pods/log``."""
        return "/".join(filter(None, (self.resource.plural, self.subresource)))


def read_address(path: str) -> Address | None:
    """What a path leads to, if there is such a kind of objects."""
    match path.strip("/").split("/"):
        case ["api", version, *rest]:
            return _within("", version, rest)
        case ["apis", group, version, *rest]:
            return _within(group, version, rest)
    return None


def verb_of(method: str, address: Address, *, watches: bool) -> str:
    """What is asked, in Kubernetes' words."""
    if method == "GET" and not address.name:
        return "watch" if watches else "list"
    if method == "DELETE":
        return "delete" if address.name else "deletecollection"
    return {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method)


def _within(group: str, version: str, rest: Sequence[str]) -> Address | None:
    match rest:
        case ["namespaces", namespace, plural, *more] if plural != "status":
            resource = _resource(group, version, plural)
            return _address(resource, namespace, more) if resource else None
        case [plural, *more]:
            resource = _resource(group, version, plural)
            return _address(resource, "", more) if resource else None
    return None


def _address(resource: Resource, namespace: str, more: Sequence[str]) -> Address | None:
    if bool(namespace) > resource.namespaced:
        return None
    match more:
        case []:
            return Address(resource=resource, namespace=namespace)
        case [name] if bool(namespace) == resource.namespaced:
            return Address(resource=resource, namespace=namespace, name=name)
        case [name, sub] if sub in resource.subresources:
            return Address(resource=resource, namespace=namespace, name=name, subresource=sub)
    return None


def _resource(group: str, version: str, plural: str) -> Resource | None:
    wanted = (group, version, plural)
    return next((one for one in RESOURCES if (one.group, one.version, one.plural) == wanted), None)
