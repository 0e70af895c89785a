"""A call of ``follow`` on scripted jobs, with everything that it tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from caliban_domain.agenda import Policy
from caliban_domain.follow import (
    Event,
    JobEnded,
    JobRetried,
    JobStarted,
    JobWrote,
    Stopping,
    follow,
)
from caliban_domain.jobs import Job, JobStatus, Outcome
from stand_ins import JournaledHistory, Play, ScriptedPlatform, launched, title_of

RUNNING = Outcome(status=JobStatus.RUNNING)


def told(event: Event) -> str:
    match event:
        case JobStarted(job, outcome) | JobEnded(job, outcome):
            return f"{title_of(job)} {outcome.status}"
        case JobWrote(job, data):
            return f"{title_of(job)}: {data.decode()}"
        case JobRetried(job, attempt):
            return f"{title_of(job)} again as {attempt.number}"
        case Stopping(running):
            return f"stopping {running}"


@dataclass
class Scene:
    """A platform with its history, and everything that a call of ``follow`` tells."""

    platform: ScriptedPlatform
    history: JournaledHistory = field(init=False)
    told: list[str] = field(default_factory=list)
    interrupt_at: str | None = None
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.history = JournaledHistory(self.platform.journal)

    def launched(self, *titles: str) -> Sequence[Job]:
        return launched(*titles, platform=self.platform, history=self.history)

    def follow(self, *titles: str, **policy: Any) -> dict[str, str]:
        return self.follow_jobs(self.launched(*titles), **policy)

    def follow_jobs(self, jobs: Sequence[Job], **policy: Any) -> dict[str, str]:
        outcomes = follow(
            jobs,
            platform=self.platform,
            history=self.history,
            policy=Policy(**policy),
            notify=self._notify,
        )
        title = {job.name: title_of(job) for job in self.history.recent()}
        return {title[name]: str(outcome.status) for name, outcome in outcomes.items()}

    def starts_elsewhere(self, title: str) -> None:
        """Somebody else's command starts the job."""
        job = self.history.jobs[title]
        self.history.kept.record({job.name: RUNNING})

    def _notify(self, event: Event) -> None:
        line = told(event)
        self.told.append(line)
        if line in self.meanwhile:
            self.meanwhile[line]()
        if line == self.interrupt_at:
            raise KeyboardInterrupt


def scene(together: int = 0, **plays: Play) -> Scene:
    return Scene(ScriptedPlatform(plays, together=together))
