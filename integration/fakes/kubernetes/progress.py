"""How far a Job is: what its ended pods add up to."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import groupby

from fakes.kubernetes.resources import Thing


@dataclass
class Progress:
    """What the controller remembers of the pods of a Job, also of those that are gone.

    Attributes:
        failures: by index, how many failures count; of a Job without indexes, under 0.
    """

    succeeded: int = 0
    failed: int = 0
    completed_indexes: set[int] = field(default_factory=set)
    failed_indexes: set[int] = field(default_factory=set)
    failures: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Verdict:
    """What the failure policy of a Job makes of a pod that failed."""

    action: str
    message: str = ""


def verdict(job: Thing, pod: Thing) -> Verdict:
    """The action of the first rule that a failed pod meets; ``Count`` without any."""
    policy = job["spec"].get("podFailurePolicy") or {"rules": []}
    for number, rule in enumerate(policy["rules"]):
        if why := _meets(rule, pod):
            action = rule["action"]
            return Verdict(action, f"{why} matching {action} rule at index {number}")
    return Verdict("Count")


def ranges(indexes: Collection[int]) -> str:
    """Indexes as a Job's status tells them: ``1,3-5``."""
    runs = groupby(enumerate(sorted(indexes)), key=lambda pair: pair[1] - pair[0])
    told = []
    for _, run in runs:
        members = [index for _, index in run]
        first, last = members[0], members[-1]
        joint = "," if last == first + 1 else "-"
        told.append(str(first) if first == last else f"{first}{joint}{last}")
    return ",".join(told)


def _meets(rule: Thing, pod: Thing) -> str:
    """What of a pod meets a rule, in words; nothing if nothing does."""
    named = f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
    conditions = pod["status"].get("conditions") or ()
    for wanted in rule.get("onPodConditions") or ():
        pattern = wanted["type"], wanted.get("status", "True")
        if any((one["type"], one["status"]) == pattern for one in conditions):
            return f"{named[:1].upper()}{named[1:]} has condition {pattern[0]}"
    if codes := rule.get("onExitCodes"):
        for status in pod["status"].get("containerStatuses") or ():
            code = (status["state"].get("terminated") or {}).get("exitCode")
            is_meant = codes.get("containerName") in (None, status["name"])
            if code and is_meant and (code in codes["values"]) is (codes["operator"] == "In"):
                return f"Container {status['name']} for {named} failed with exit code {code}"
    return ""
