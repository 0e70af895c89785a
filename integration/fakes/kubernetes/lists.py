"""Lists of objects, page by page, as they were when the first page was asked for."""

import json
from collections.abc import Mapping
from typing import Any

from fakes.kubernetes.resources import Address, Thing
from fakes.kubernetes.selectors import Picks, field_selector, label_selector
from fakes.kubernetes.statuses import bad_request, expired
from fakes.kubernetes.store import Key, Store, key_of
from fakes.pages import page_token, read_page_token
from fakes.refusals import Refused

Query = Mapping[str, str]


def picks(address: Address, query: Query) -> Picks:
    """Which objects a request means. Refused if its selectors can't be read."""
    by_label = label_selector(query.get("labelSelector", ""))
    by_field = field_selector(address.resource, query.get("fieldSelector", ""))
    return lambda thing: by_label(thing) and by_field(thing)


class Lists:
    """Answers to lists, and what is left of those that go on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left: dict[tuple[str, int], list[Thing]] = {}

    def page(self, address: Address, query: Query) -> dict[str, Any]:
        """The page that is asked for. Refused if the token is of no list or one forgotten."""
        question = json.dumps(
            [address.resource.plural, address.namespace]
            + [query.get(key, "") for key in ("labelSelector", "fieldSelector")]
        )
        with self._store.lock:
            things, version = self._things(address, query, question)
            limit = int(query.get("limit") or 0) or len(things)
            metadata: dict[str, Any] = {"resourceVersion": str(version)}
            if rest := things[limit:]:
                self._left[question, version] = things
                metadata["continue"] = page_token(
                    question, [version, list(key_of(things[limit - 1]))]
                )
                if not (query.get("labelSelector") or query.get("fieldSelector")):
                    metadata["remainingItemCount"] = len(rest)
        resource = address.resource
        return {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.api_version,
            "metadata": metadata,
            "items": [_listed(thing) for thing in things[:limit]],
        }

    def forget(self) -> None:
        """From now on no list goes on."""
        self._left.clear()

    def _things(self, address: Address, query: Query, question: str) -> tuple[list[Thing], int]:
        token, store = query.get("continue"), self._store
        wanted = picks(address, query)
        now = [one for one in store.all(address.resource, address.namespace) if wanted(one)]
        if not token:
            return now, store.version
        try:
            version, (namespace, name) = read_page_token(question, token)
        except Refused as error:
            raise Refused(bad_request("continue key is not valid")) from error
        after: Key = (namespace, name)
        if not version:  # Goes on with how things are now, after having been told it expired.
            return [one for one in now if key_of(one) > after], store.version
        left = self._left.get((question, version))
        if left is None:
            raise Refused(expired(page_token(question, [0, list(after)])))
        return [one for one in left if key_of(one) > after], version


def _listed(thing: Thing) -> Thing:
    """As an object is in a list: its kind is the list's."""
    return {key: value for key, value in thing.items() if key not in ("kind", "apiVersion")}
