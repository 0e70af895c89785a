"""What a cluster demands of pods, beyond their schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fakes.kubernetes.resources import Thing
from fakes.kubernetes.statuses import Cause
from fakes.kubernetes.words import (
    amount,
    dns_label_mistakes,
    forbidden,
    key_mistakes,
    labels_mistakes,
    missing,
    name_mistakes,
    twice,
    unsupported,
    wrong,
)

_QUANTITIES: Final = ("requests", "limits")
_OVERCOMMITTED: Final = ("cpu", "memory", "ephemeral-storage")
_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def pod_mistakes(field: str, spec: Thing) -> Iterator[Cause]:
    """What is wrong with the spec of a pod, which is in a field."""
    volumes = [volume["name"] for volume in spec.get("volumes") or []]
    for place, name in enumerate(volumes):
        yield from dns_label_mistakes(f"{field}.volumes[{place}].name", name)
        if name in volumes[:place]:
            yield twice(f"{field}.volumes[{place}].name", name)
    if not spec.get("containers"):
        yield missing(f"{field}.containers")
    names: list[str] = []
    for place, container in enumerate(spec.get("containers") or []):
        here = f"{field}.containers[{place}]"
        yield from dns_label_mistakes(f"{here}.name", container["name"])
        if container["name"] in names:
            yield twice(f"{here}.name", container["name"])
        names.append(container["name"])
        yield from _container_mistakes(here, container, volumes)
    yield from labels_mistakes(f"{field}.nodeSelector", spec.get("nodeSelector"))
    for place, toleration in enumerate(spec.get("tolerations") or []):
        yield from _toleration_mistakes(f"{field}.tolerations[{place}]", toleration)
    if account := spec.get("serviceAccountName"):
        yield from name_mistakes(f"{field}.serviceAccountName", account)


def bad_quantity(spec: Thing) -> str:
    """The first quantity that can't be read: it's refused before anything else."""
    for container in spec.get("containers") or []:
        for kind in _QUANTITIES:
            amounts = (container.get("resources") or {}).get(kind) or {}
            for quantity in amounts.values():
                if amount(quantity) is None:
                    return str(quantity)
    return ""


def _container_mistakes(field: str, container: Thing, volumes: list[str]) -> Iterator[Cause]:
    if not container.get("image"):
        yield missing(f"{field}.image")
    elif container["image"] != container["image"].strip():
        yield wrong(
            f"{field}.image", container["image"], "must not have leading or trailing whitespace"
        )
    for place, variable in enumerate(container.get("env") or []):
        yield from _variable_mistakes(f"{field}.env[{place}]", variable)
    paths: list[str] = []
    for place, mount in enumerate(container.get("volumeMounts") or []):
        here = f"{field}.volumeMounts[{place}]"
        if mount["name"] not in volumes:
            yield Cause(f"{here}.name", f'Not found: "{mount["name"]}"', "FieldValueNotFound")
        if mount["mountPath"] in paths:
            yield wrong(f"{here}.mountPath", mount["mountPath"], "must be unique")
        paths.append(mount["mountPath"])
    yield from _resource_mistakes(f"{field}.resources", container.get("resources") or {})


def _variable_mistakes(field: str, variable: Thing) -> Iterator[Cause]:
    name = variable["name"]
    if not name:
        yield missing(f"{field}.name")
    elif "=" in name or not name.isascii() or not name.isprintable():
        yield wrong(
            f"{field}.name",
            name,
            "a valid environment variable name must consist only of printable ASCII characters "
            "other than '='",
        )
    if variable.get("value") and variable.get("valueFrom"):
        yield wrong(f"{field}.valueFrom", "", "may not be specified when `value` is not empty")


def _resource_mistakes(field: str, resources: Mapping[str, Any]) -> Iterator[Cause]:
    requests, limits = ({**(resources.get(kind) or {})} for kind in _QUANTITIES)
    for kind in _QUANTITIES:
        for name, quantity in (resources.get(kind) or {}).items():
            yield from _amount_mistakes(f"{field}.{kind}", name, quantity)
    for name, asked in requests.items():
        limit, extended = limits.get(name), name not in _OVERCOMMITTED
        if limit is None and extended:
            yield missing(f"{field}.limits", "Limit must be set for non overcommitable resources")
        elif limit is not None:
            least, most = amount(asked), amount(limit)
            if extended and least != most:
                yield wrong(f"{field}.requests", asked, f"must be equal to {name} limit of {limit}")
            elif least is not None and most is not None and least > most:
                yield wrong(
                    f"{field}.requests",
                    asked,
                    f"must be less than or equal to {name} limit of {limit}",
                )


def _amount_mistakes(field: str, name: str, quantity: Any) -> Iterator[Cause]:
    here = f"{field}[{name}]"
    yield from key_mistakes(here, name)
    if "/" not in name and name not in _OVERCOMMITTED and not name.startswith("hugepages-"):
        yield wrong(here, name, "must be a standard resource type or fully qualified")
    number = amount(quantity)
    if number is not None and number < 0:
        yield wrong(here, str(quantity), "must be greater than or equal to 0")
    if number is not None and "/" in name and number % 1:
        yield wrong(here, str(quantity), "must be an integer")


def _toleration_mistakes(field: str, toleration: Thing) -> Iterator[Cause]:
    operator, effect = toleration.get("operator", "Equal"), toleration.get("effect")
    if operator not in ("Equal", "Exists"):
        yield unsupported(f"{field}.operator", operator, ("Equal", "Exists"))
    if operator == "Exists" and toleration.get("value"):
        yield wrong(
            f"{field}.operator", operator, "value must be empty when `operator` is 'Exists'"
        )
    if not toleration.get("key") and operator != "Exists":
        yield wrong(
            f"{field}.operator",
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all '
            'keys"',
        )
    if toleration.get("key"):
        yield from key_mistakes(f"{field}.key", toleration["key"])
    if effect and effect not in _EFFECTS:
        yield unsupported(f"{field}.effect", effect, _EFFECTS)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield forbidden(
            f"{field}.effect", "effect must be 'NoExecute' when `tolerationSeconds` is set"
        )
