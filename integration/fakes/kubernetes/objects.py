"""What requests do to objects: create, look, list, change, delete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.kubernetes.admission import admitted, changed
from fakes.kubernetes.deletion import delete, reap
from fakes.kubernetes.lists import Lists, Query, picks
from fakes.kubernetes.patches import patched
from fakes.kubernetes.resources import NAMESPACES, Address, Thing
from fakes.kubernetes.statuses import Cause, Status, already_exists, bad_request, not_found
from fakes.kubernetes.statuses import forbidden as no_access
from fakes.kubernetes.store import Store
from fakes.refusals import Refused


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A request whose address is known."""

    verb: str
    address: Address
    query: Query = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"
    now: str = ""

    @property
    def is_rehearsal(self) -> bool:
        return self.query.get("dryRun") == "All"


class Objects:
    """Carries out what is wished."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.lists = Lists(store)

    def do(self, wish: Wish) -> tuple[int, dict[str, Any]]:
        """The code and the answer. Refused if it can't be."""
        with self._store.lock:
            match wish.verb:
                case "get":
                    return 200, self.find(wish.address)
                case "list":
                    return 200, self.lists.page(wish.address, wish.query)
                case "create":
                    return 201, self._create(wish)
                case "update":
                    return 200, self._change(wish, wish.body)
                case "patch":
                    found = self.find(wish.address)
                    return 200, self._change(wish, patched(found, wish.body, wish.content_type))
                case "delete":
                    return 200, self._delete(wish, self.find(wish.address))
                case _:
                    return 200, self._delete_all(wish)

    def find(self, address: Address) -> Thing:
        """The object of an address. Refused if there is none."""
        found = self._store.find(address.resource, address.namespace, address.name)
        if found is None:
            raise Refused(not_found(address.resource, address.name))
        return found

    def _create(self, wish: Wish) -> Thing:
        address = wish.address
        if address.resource.namespaced:
            self._check_namespace(wish)
        thing = admitted(address, wish.body, wish.now)
        name = thing["metadata"]["name"]
        if self._store.find(address.resource, address.namespace, name):
            raise Refused(already_exists(address.resource, name))
        return thing if wish.is_rehearsal else self._store.put(address.resource, thing)

    def _check_namespace(self, wish: Wish) -> None:
        name = wish.address.namespace
        namespace = self._store.find(NAMESPACES, "", name)
        if namespace is None:
            raise Refused(not_found(NAMESPACES, name))
        if namespace["metadata"].get("deletionTimestamp"):
            raise Refused(_being_terminated(wish, name))

    def _change(self, wish: Wish, body: Any) -> Thing:
        old = self.find(wish.address)
        new = changed(wish.address, old, body)
        if wish.is_rehearsal or new == old:
            return new
        kept = self._store.put(wish.address.resource, new)
        reap(self._store, wish.address.resource, kept)
        return kept

    def _delete(self, wish: Wish, thing: Thing) -> Thing:
        options: Mapping[str, Any] = {
            **{key: wish.query[key] for key in ("propagationPolicy",) if key in wish.query},
            **(wish.body or {}),
        }
        resource = wish.address.resource
        if wish.is_rehearsal or options.get("dryRun"):
            return _success(wish, thing)
        left = delete(self._store, resource, thing, options, wish.now)
        return left or _success(wish, thing)

    def _delete_all(self, wish: Wish) -> dict[str, Any]:
        if wish.verb != "deletecollection":
            raise Refused(bad_request(f"nobody can {wish.verb}"))
        address, wanted = wish.address, picks(wish.address, wish.query)
        things = [
            one for one in self._store.all(address.resource, address.namespace) if wanted(one)
        ]
        page = self.lists.page(address, {**wish.query, "limit": "0"})
        for thing in things:
            self._delete(wish, thing)
        return page


def _success(wish: Wish, thing: Thing) -> dict[str, Any]:
    resource, metadata = wish.address.resource, thing["metadata"]
    about = {"name": metadata["name"], "group": resource.group, "kind": resource.plural}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: text for key, text in about.items() if text} | {"uid": metadata["uid"]},
    }


def _being_terminated(wish: Wish, namespace: str) -> Status:
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    name = ((wish.body or {}).get("metadata") or {}).get("name", "")
    status = no_access(wish.address.resource, name, why)
    cause = Cause("metadata.namespace", f"namespace {namespace} is being terminated")
    causes = [{"reason": "NamespaceTerminating", "message": cause.message, "field": cause.field}]
    return Status(
        code=status.code,
        status=status.status,
        message=status.message,
        about={**status.about, "causes": causes},
    )
