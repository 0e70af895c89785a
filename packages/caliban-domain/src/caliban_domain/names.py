"""Names that outlive a process: of an experiment group, and of a job on its platform."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Final, NewType

from caliban_domain.errors import UsageError

GroupName = NewType("GroupName", str)
JobName = NewType("JobName", str)
"""At most 63 characters of lower-case letters, digits and inner hyphens (RFC 1123 label)."""

ExperimentKey = NewType("ExperimentKey", str)
"""The identity of an experiment within its group and image spec: 16 hexadecimal digits."""

MAX_GROUP_NAME: Final = 200
_MAX_JOB_NAME: Final = 63
_NOT_DNS: Final = re.compile(r"[^a-z0-9]+")


def group_name(text: str) -> GroupName:
    """A name given by a person, checked: 1 to 200 printable characters, no space at the ends.

    Nor does it begin as a flag does. Raises UsageError.
    """
    is_clean = text == text.strip() and text.isprintable() and not text.startswith("-")
    if not is_clean or not 0 < len(text) <= MAX_GROUP_NAME:
        raise UsageError(
            f"{text!r} can't be the name of an experiment group",
            hint=f"use 1 to {MAX_GROUP_NAME} printable characters, without a hyphen at the "
            "beginning or a space at either end",
        )
    return GroupName(text)


def default_group_name(user: str, now: datetime) -> GroupName:
    """The name of a group that nobody named: whose it is, and the second it began."""
    return GroupName(f"{user}-xgroup-{now:%Y-%m-%d-%H-%M-%S}")


def experiment_key(script: str, argv: Sequence[str]) -> ExperimentKey:
    """The same script with the same arguments gives the same key, on every machine."""
    text = json_of_words((script, *argv))
    return ExperimentKey(hashlib.sha256(text.encode()).hexdigest()[:16])


def json_of_words(words: Iterable[str]) -> str:
    """What json.dumps gives for a list of strings, in a fifth of the time."""
    # Which a sweep of 100,000 experiments notices.
    return "[" + ", ".join(map(encode_basestring_ascii, words)) + "]"


def job_name(group: GroupName, experiment: int, attempt: int, history_id: str) -> JobName:
    """The name under which a platform knows a job.

    It depends on nothing but its arguments, so that submitting a job twice can be noticed;
    ``history_id`` keeps two people's groups of one name apart on a shared platform.
    """
    digest = hashlib.sha256(f"{history_id}\0{group}\0{experiment}".encode()).hexdigest()[:8]
    tail = f"-{experiment}-{digest}-{attempt}"
    head = _dns_label(group)
    return JobName(head[: _MAX_JOB_NAME - len(tail)].rstrip("-") + tail)


def job_variables(group: GroupName, name: JobName) -> dict[str, str]:
    """What a job elsewhere finds in its environment about itself."""
    return {"CALIBAN_XGROUP": group, "CALIBAN_JOB": name}


@lru_cache(maxsize=16)
def _dns_label(group: GroupName) -> str:
    return _NOT_DNS.sub("-", group.lower()).strip("-") or "caliban"
