"""Who asks, and what that account may do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fakes.kubernetes.resources import Address
from fakes.kubernetes.statuses import forbidden, unauthorized
from fakes.refusals import Refused

Rule = Mapping[str, Sequence[str]]
"""As in a Role: ``apiGroups``, ``resources``, ``verbs`` and perhaps ``resourceNames``."""

ADMINISTRATOR: Final = "administrator"
_EVERYTHING: Final[Rule] = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
_ANYBODY: Final[Rule] = {
    "apiGroups": ["authorization.k8s.io"],
    "resources": ["selfsubjectaccessreviews"],
    "verbs": ["create"],
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody with a token, and the rules of the roles bound to them."""

    user: str
    everywhere: tuple[Rule, ...] = ()
    within: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def may(self, verb: str, address: Address) -> bool:
        rules: Iterable[Rule] = (_ANYBODY, *self.everywhere)
        rules = (*rules, *self.within.get(address.scope, ()))
        return any(_allows(rule, verb, address) for rule in rules)


class Accounts:
    """Whose tokens the cluster knows."""

    def __init__(self) -> None:
        administrator = Account(user="kubernetes-admin", everywhere=(_EVERYTHING,))
        self._accounts = {ADMINISTRATOR: administrator}

    def add(self, namespace: str, name: str, rules: Iterable[Rule] = ()) -> str:
        """A service account that may do what rules say, within its namespace; gives its token."""
        token = f"token-of-{namespace}-{name}"
        user = f"system:serviceaccount:{namespace}:{name}"
        self._accounts[token] = Account(user=user, within={namespace: tuple(rules)})
        return token

    def expire(self, token: str) -> None:
        """From now on nobody gets in with a token."""
        self._accounts.pop(token)

    def who(self, authorization: str | None) -> Account:
        """Whose token a request brings. Refused if it's of nobody."""
        if authorization is None:
            return Account(user="system:anonymous")
        account = self._accounts.get(authorization.removeprefix("Bearer "))
        if account is None:
            raise Refused(unauthorized())
        return account


def check_access(account: Account, verb: str, address: Address) -> None:
    """Refuses what an account may not do."""
    if account.may(verb, address):
        return
    where = f'in the namespace "{address.scope}"' if address.scope else "at the cluster scope"
    why = (
        f'User "{account.user}" cannot {verb} resource "{address.qualified}" '
        f'in API group "{address.resource.group}" {where}'
    )
    raise Refused(forbidden(address.resource, address.name, why))


def review(account: Account, body: Any, address: Address | None) -> dict[str, Any]:
    """The answer to somebody who asks what they may do; no address is of no known kind."""
    attributes = body.get("spec", {}).get("resourceAttributes") or {}
    allowed = address is not None and account.may(attributes.get("verb", ""), address)
    return {**body, "status": {"allowed": allowed}}


def _allows(rule: Rule, verb: str, address: Address) -> bool:
    def named(field: str, wanted: str) -> bool:
        return not {"*", wanted}.isdisjoint(rule.get(field, ()))

    names = rule.get("resourceNames")
    return (
        named("verbs", verb)
        and named("apiGroups", address.resource.group)
        and named("resources", address.qualified)
        and (not names or address.name in names)
    )
