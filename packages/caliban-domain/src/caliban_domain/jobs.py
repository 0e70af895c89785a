"""Jobs: one attempt at an experiment, and the states that it goes through.

::

    PLANNED -> SUBMITTED -> RUNNING -> SUCCEEDED | FAILED | STOPPED
    any of the first three -> LOST, when the platform no longer knows the job

The last four are terminal: nothing follows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.names import GroupName, JobName
from caliban_domain.provenance import Provenance


class PlatformName(StrEnum):
    """Where a job runs."""

    LOCAL = "LOCAL"
    VERTEX = "VERTEX"
    K8S = "K8S"


class JobStatus(StrEnum):
    """How far a job has come."""

    PLANNED = "PLANNED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
    LOST = "LOST"

    @property
    def is_terminal(self) -> bool:
        return not SUCCESSORS[self]

    def advanced_to(self, observed: "JobStatus") -> "JobStatus":
        """The status after an observation; one that can't follow changes nothing."""
        return observed if observed in SUCCESSORS[self] else self


_ENDS: Final = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.LOST})

REUSABLE: Final = (JobStatus.SUCCEEDED, JobStatus.RUNNING, JobStatus.SUBMITTED, JobStatus.PLANNED)
"""Which attempts spare a new one with the same image, the best of them first."""

SUCCESSORS: Final[Mapping[JobStatus, frozenset[JobStatus]]] = {
    JobStatus.PLANNED: _ENDS | {JobStatus.SUBMITTED, JobStatus.RUNNING},
    JobStatus.SUBMITTED: _ENDS | {JobStatus.RUNNING},
    JobStatus.RUNNING: _ENDS,
    **{end: frozenset() for end in _ENDS},
}
"""Which statuses can follow each one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolledExperiment:
    """An experiment as the history knows it: numbered, in a group, with its image spec."""

    number: int
    group: GroupName
    spec_number: int
    spec: ImageSpec | None
    """None when the job ran a given image, which Caliban didn't make."""
    script: str
    argv: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobSpec:
    """A job before it is submitted; ``payload`` is in the platform's words: JSON values only."""

    name: JobName
    image: ImageRef
    payload: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a platform says of a job: its status, and the facts that came with it.

    ``exit_code`` is that of the job's first process, the times are in UTC, ``handle`` the
    platform's own id of the job; ``reason`` says in words why it ended, where that isn't plain.
    """

    status: JobStatus
    exit_code: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    handle: str | None = None
    reason: str | None = None

    def advanced_to(self, observed: "Outcome") -> "Outcome":
        """The outcome after an observation; one that can't follow changes nothing.

        What is known of where and since when a job runs stays known if the observation lacks it.
        """
        follows = observed.status in SUCCESSORS[self.status]
        says_more = observed.status is self.status and not self.status.is_terminal
        if not (follows or says_more):
            return self
        return replace(
            observed,
            handle=observed.handle or self.handle,
            started_at=observed.started_at or self.started_at,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One attempt at an experiment, as the history holds it. Times are in UTC."""

    number: int
    spec: JobSpec
    experiment: EnrolledExperiment
    platform: PlatformName
    user: str
    host: str
    created_at: datetime
    outcome: Outcome
    provenance: Provenance | None = None
    """None for a job of a history that was begun before it was recorded."""

    @property
    def name(self) -> JobName:
        return self.spec.name

    @property
    def status(self) -> JobStatus:
        return self.outcome.status
