"""Trying a job again that didn't succeed: how often, and after which ends."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from caliban_domain.errors import UsageError
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome
from caliban_domain.names import JobName
from caliban_domain.ports import Enrolment, History

ANY_FAILURE: Final = frozenset({"failed", "lost"})

_HIGHEST_EXIT_CODE: Final = 255
_EXIT: Final = re.compile(r"exit:(\d{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Retries:
    """At most ``limit`` (0 or more) further attempts, after one of the ``causes``.

    A cause is ``failed``, ``lost``, or ``exit:N`` with an exit code of 1 to 255.
    """

    limit: int = 0
    causes: AbstractSet[str] = ANY_FAILURE

    def allow(self, outcome: Outcome, *, used: int) -> bool:
        """Whether a job that ended so is tried again, after so many retries before."""
        if used >= self.limit or outcome.status not in (JobStatus.FAILED, JobStatus.LOST):
            return False
        return bool(self.causes & {outcome.status.lower(), f"exit:{outcome.exit_code}"})


def parse_causes(text: str) -> AbstractSet[str]:
    """``exit:137,lost`` as causes. Raises UsageError for what isn't one."""
    causes = [part.strip() for part in text.split(",")]
    for cause in causes:
        exit_code = _EXIT.fullmatch(cause)
        if cause not in ANY_FAILURE and not (
            exit_code and 0 < int(exit_code[1]) <= _HIGHEST_EXIT_CODE
        ):
            raise UsageError(
                f"--retry_on: {cause!r} is no reason to try a job again",
                hint="list any of failed, lost and exit:N, such as exit:137,lost",
            )
    return frozenset(causes)


def again(job: Job, *, history: History, besides: Sequence[Job] = ()) -> Job:
    """A further attempt at an ended job's experiment, enrolled with the very same image.

    It is ``besides`` those planned jobs, which have a turn of their own and may be of this
    experiment too.
    """

    def plan(_: Experiment, name: JobName) -> JobSpec:
        return replace(job.spec, name=name)

    enrolment = Enrolment(
        group=job.experiment.group,
        spec=job.experiment.spec,
        image=job.spec.image,
        script=job.experiment.script,
        platform=job.platform,
        user=job.user,
        host=job.host,
        now=job.outcome.ended_at or job.created_at,
        provenance=job.provenance,
        rerun=True,
    )
    # An attempt that is planned already is found again, in case an answer got lost.
    taken = {one.name for one in besides if one.experiment.number == job.experiment.number}
    points = [Experiment(script_args=job.experiment.argv)] * (len(taken) + 1)
    attempts = history.enroll(enrolment, points, plan)
    return next(attempt for attempt in attempts if attempt.name not in taken)
