"""Which requests an API knows, read from the discovery document that Google's client ships."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from googleapiclient import discovery_cache

from fakes.schema import Schema, Schemas

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Method:
    """One thing that can be asked of an API."""

    id: str
    verb: str
    address: re.Pattern[str]
    query: Mapping[str, Schema]
    request: str | None
    response: str | None


@dataclass(frozen=True, kw_only=True)
class Api:
    """An API's methods and schemas, and where else it is than everywhere."""

    methods: tuple[Method, ...]
    schemas: Schemas
    locations: frozenset[str]

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method behind an address, and what the address names; None if there is none."""
        for method in self.methods:
            if method.verb == verb and (found := method.address.fullmatch(path)):
                named = found.groupdict()
                return method, {name: unquote(value) for name, value in named.items()}
        return None


@cache
def read_api(name: str, version: str) -> Api:
    """The API as it is described in the client library."""
    text = discovery_cache.get_static_doc(name, version)
    assert text, f"google-api-python-client brings no {name} {version}"
    document = json.loads(text)
    everywhere = document["parameters"]
    return Api(
        methods=tuple(_methods(document, document["servicePath"], everywhere)),
        schemas=Schemas(document["schemas"]),
        locations=frozenset(each["location"] for each in document.get("endpoints", ())),
    )


def _methods(
    resource: Mapping[str, Any], service: str, everywhere: Mapping[str, Schema]
) -> list[Method]:
    found = resource.get("methods", {}).values()
    own = [_method(described, service, everywhere) for described in found]
    below = resource.get("resources", {}).values()
    return own + [method for inner in below for method in _methods(inner, service, everywhere)]


def _method(described: Mapping[str, Any], service: str, everywhere: Mapping[str, Schema]) -> Method:
    path = service + described.get("flatPath", described["path"])
    words = _VARIABLE.split(path)
    pattern = "".join(
        f"(?P<{word}>[^/]+)" if index % 2 else re.escape(word) for index, word in enumerate(words)
    )
    parameters = described.get("parameters", {})
    asked = {name: about for name, about in parameters.items() if about["location"] == "query"}
    return Method(
        id=described["id"],
        verb=described["httpMethod"],
        address=re.compile("/" + pattern),
        query={**everywhere, **asked},
        request=described.get("request", {}).get("$ref"),
        response=described.get("response", {}).get("$ref"),
    )
