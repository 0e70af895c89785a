"""What a cluster demands of Jobs, beyond their schema, and what of them never changes."""

from collections.abc import Iterator
from typing import Any, Final

from fakes.kubernetes.pod_rules import pod_mistakes
from fakes.kubernetes.resources import Thing
from fakes.kubernetes.statuses import Cause
from fakes.kubernetes.words import (
    LONGEST_LABEL,
    dns_label_mistakes,
    key_mistakes,
    labels_mistakes,
    missing,
    too_long,
    twice,
    unsupported,
    wrong,
)

_MOST_INDEXES_AT_ONCE: Final = 100_000
_MANY_COMPLETIONS: Final = 100_000
_MOST_FOR_MANY: Final = 10_000
_MOST_RULES: Final = 20
_MOST_CODES: Final = 255
_COUNTS: Final = (
    "parallelism",
    "completions",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
)
_ACTIONS: Final = ("Count", "FailIndex", "FailJob", "Ignore")
_FIXED: Final = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "selector")
_SCHEDULING: Final = ("nodeSelector", "tolerations", "affinity", "schedulingGates")


def job_mistakes(job: Thing) -> Iterator[Cause]:
    """What is wrong with a new Job."""
    name, spec = job["metadata"]["name"], job["spec"]
    indexed = spec.get("completionMode") == "Indexed"
    for field in _COUNTS:
        if (spec.get(field) or 0) < 0:
            yield wrong(f"spec.{field}", spec[field], "must be greater than or equal to 0")
    if len(name) > LONGEST_LABEL:
        yield too_long("spec.template.labels", name, LONGEST_LABEL)
    if indexed:
        yield from _indexed_mistakes(name, spec)
    if spec.get("backoffLimitPerIndex") is not None:
        yield from _per_index_mistakes(spec, indexed=indexed)
    elif spec.get("maxFailedIndexes") is not None:
        yield missing("spec.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if spec.get("selector") and not spec.get("manualSelector"):
        yield wrong("spec.selector", "", "field not auto-generated")
    if spec.get("successPolicy") and not indexed:
        yield wrong("spec.successPolicy", "", "requires indexed completion mode")
    yield from _replacement_mistakes(spec)
    template = spec["template"]
    labels = (template.get("metadata") or {}).get("labels")
    yield from labels_mistakes("spec.template.labels", labels)
    yield from _restart_mistakes(spec)
    if spec.get("podFailurePolicy"):
        yield from _failure_policy_mistakes(spec)
    yield from pod_mistakes("spec.template.spec", template.get("spec") or {})


def changed_job_mistakes(old: Thing, new: Thing) -> Iterator[Cause]:
    """Which fields of a Job were changed although they can't be."""
    before, after = old["spec"], new["spec"]
    for field in _FIXED:
        if before.get(field) != after.get(field):
            yield _fixed(f"spec.{field}")
    if before.get("completions") != after.get("completions"):
        grows_together = after.get("completions") == after.get("parallelism")
        if before.get("completionMode") != "Indexed" or not grows_together:
            yield _fixed("spec.completions")
    waits = before.get("suspend") and not old.get("status", {}).get("startTime")
    if _template(before, waits=waits) != _template(after, waits=waits):
        yield _fixed("spec.template")


def _indexed_mistakes(name: str, spec: Thing) -> Iterator[Cause]:
    completions = spec.get("completions")
    if completions is None:
        yield missing("spec.completions", "when completion mode is Indexed")
        return
    if (spec.get("parallelism") or 0) > _MOST_INDEXES_AT_ONCE:
        yield wrong(
            "spec.parallelism",
            spec["parallelism"],
            f"must be less than or equal to {_MOST_INDEXES_AT_ONCE} when completion mode is "
            "Indexed",
        )
    if completions > 0:
        host = f"{name}-{completions - 1}"
        if any(dns_label_mistakes("metadata.name", host)):
            told = f"will not able to create pod with invalid DNS label: {host}"
            yield wrong("metadata.name", name, told)


def _per_index_mistakes(spec: Thing, *, indexed: bool) -> Iterator[Cause]:
    if not indexed:
        yield wrong(
            "spec.backoffLimitPerIndex",
            spec["backoffLimitPerIndex"],
            "requires indexed completion mode",
        )
        return
    completions, most = spec.get("completions") or 0, spec.get("maxFailedIndexes")
    if most is not None and most > completions:
        yield wrong("spec.maxFailedIndexes", most, "must be less than or equal to completions")
    if completions <= _MANY_COMPLETIONS:
        return
    if most is None:
        yield missing(
            "spec.maxFailedIndexes",
            f"must be specified when completions is above {_MANY_COMPLETIONS}",
        )
    for field in ("parallelism", "maxFailedIndexes"):
        if (spec.get(field) or 0) > _MOST_FOR_MANY:
            yield wrong(
                f"spec.{field}",
                spec[field],
                f"must be less than or equal to {_MOST_FOR_MANY} when completions are above "
                f"{_MANY_COMPLETIONS} and used with backoff limit per index",
            )


def _replacement_mistakes(spec: Thing) -> Iterator[Cause]:
    policy = spec.get("podReplacementPolicy")
    offered = ("Failed",) if spec.get("podFailurePolicy") else ("Failed", "TerminatingOrFailed")
    if policy and policy not in offered:
        yield unsupported("spec.podReplacementPolicy", policy, offered)


def _restart_mistakes(spec: Thing) -> Iterator[Cause]:
    field = "spec.template.spec.restartPolicy"
    policy = (spec["template"].get("spec") or {}).get("restartPolicy")
    if policy is None:
        yield missing(field, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        yield unsupported(field, policy, ("OnFailure", "Never"))
    elif spec.get("podFailurePolicy") and policy != "Never":
        yield wrong(field, policy, 'only "Never" is supported when podFailurePolicy is specified')


def _failure_policy_mistakes(spec: Thing) -> Iterator[Cause]:
    rules, field = spec["podFailurePolicy"]["rules"], "spec.podFailurePolicy.rules"
    if len(rules) > _MOST_RULES:
        yield Cause(
            field,
            f"Too many: {len(rules)}: must have at most {_MOST_RULES} items",
            "FieldValueTooMany",
        )
    for place, rule in enumerate(rules):
        here = f"{field}[{place}]"
        codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions")
        if rule["action"] not in _ACTIONS:
            yield unsupported(f"{here}.action", rule["action"], _ACTIONS)
        if rule["action"] == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
            yield wrong(
                f"{here}.action", "FailIndex", "requires the backoffLimitPerIndex to be set"
            )
        if codes and conditions:
            yield wrong(
                here, "", "specifying both OnExitCodes and OnPodConditions is not supported"
            )
        if not codes and not conditions:
            yield wrong(here, "", "specifying one of OnExitCodes and OnPodConditions is required")
        if codes:
            yield from _codes_mistakes(f"{here}.onExitCodes", codes, spec)
        for number, condition in enumerate(conditions or []):
            yield from key_mistakes(f"{here}.onPodConditions[{number}].type", condition["type"])


def _codes_mistakes(field: str, codes: Thing, spec: Thing) -> Iterator[Cause]:
    values, container = codes["values"], codes.get("containerName")
    if codes["operator"] not in ("In", "NotIn"):
        yield unsupported(f"{field}.operator", codes["operator"], ("In", "NotIn"))
    if not values:
        yield wrong(f"{field}.values", values, "at least one value is required")
    if len(values) > _MOST_CODES:
        yield Cause(f"{field}.values", f"Too many: {len(values)}", "FieldValueTooMany")
    for place, value in enumerate(values):
        if value == 0 and codes["operator"] == "In":
            yield wrong(f"{field}.values[{place}]", 0, "must not be 0 for the In operator")
        if value in values[:place]:
            yield twice(f"{field}.values[{place}]", value)
    if values != sorted(values):
        yield wrong(f"{field}.values", values, "must be ordered")
    containers = [one["name"] for one in spec["template"]["spec"].get("containers") or []]
    if container and container not in containers:
        yield wrong(
            f"{field}.containerName",
            container,
            "must be one of the container or initContainer names in the pod template",
        )


def _template(spec: Thing, *, waits: Any) -> Thing:
    """What of the template must stay: how it's scheduled may change until it starts."""
    template: Thing = spec["template"]
    if not waits:
        return template
    pod = {key: value for key, value in template["spec"].items() if key not in _SCHEDULING}
    return {"spec": pod}


def _fixed(field: str) -> Cause:
    return Cause(field, "Invalid value: field is immutable")
