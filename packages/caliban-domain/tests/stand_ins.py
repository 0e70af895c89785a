"""What the tests of the verbs wire in place of the world: it plays scripts and keeps a journal.

A job is known by its title, the last word of its arguments; ``request("a", "b")`` asks for two.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, Self

from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.errors import PlatformUnavailable, SubmissionRejected
from caliban_domain.experiments import Experiment, sweep_of
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.launch import Launch, launch
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Enrolment, History, Planner, Platform
from journal import PATIENCE, Journal

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_RUNNING: Final = Outcome(status=JobStatus.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Play:
    """What a job does: how it starts, what it writes, and how it ends when nobody stops it."""

    output: Sequence[bytes] = ()
    exit_code: int = 0
    lasts: bool = False
    """Goes on after its output until it is stopped or finished."""
    vanishes: bool = False
    """Ends by being removed behind Caliban's back."""
    rejected: bool = False
    unavailable_in: Literal["submit", "logs", "observe"] | None = None

    @property
    def end(self) -> Outcome:
        status = JobStatus.FAILED if self.exit_code else JobStatus.SUCCEEDED
        return Outcome(status=status, exit_code=self.exit_code, ended_at=NOW)


class ScriptedPlatform:
    """A platform whose jobs play scripts, by title; a job without one succeeds in silence.

    No job writes or ends before ``together`` of them have been running at once.
    """

    def __init__(
        self,
        plays: Mapping[str, Play] | None = None,
        *,
        name: PlatformName = PlatformName.LOCAL,
        journal: Journal | None = None,
        together: int = 0,
    ) -> None:
        self.name: Final = name
        self.journal = journal or Journal()
        self.started: list[str] = []
        self.fates: dict[str, str] = {}
        """How every job is that was ever started, for whoever checks what the history says."""
        self.most_at_once = 0
        self.is_reachable = True
        self._plays = dict(plays or {})
        self._together = together
        self._held: dict[JobName, Outcome] = {}
        self._titles: dict[JobName, str] = {}
        self._changed = threading.Condition()

    def seen_by(self, journal: Journal) -> Self:
        """The same platform with the same jobs, as another process reaches it."""
        other = copy(self)
        other.journal = journal
        return other

    @property
    def running(self) -> set[str]:
        with self._changed:
            going = [n for n, held in self._held.items() if held.status is JobStatus.RUNNING]
            return {self._titles[name] for name in going}

    @property
    def held(self) -> set[str]:
        """The titles of all jobs that were started and not released."""
        with self._changed:
            return {self._titles[name] for name in self._held}

    def finish(self, titles: Collection[str] | None = None) -> None:
        """Let running jobs come to their own ends: those of the titles, or all."""
        for name, title in list(self._titles.items()):
            if titles is None or title in titles:
                self._end(name)

    def plan(self, experiment: Experiment, image: ImageRef, *, name: JobName) -> JobSpec:
        return JobSpec(name=name, image=image, payload={"argv": list(experiment.argv)})

    def submit(self, spec: JobSpec, /) -> Outcome:
        argv = spec.payload["argv"]
        assert isinstance(argv, list)
        title = self._titles[spec.name] = argv[-1] if argv else ""
        play = self._play(spec.name)
        self._refuse_if_unreachable(title, "submit")
        with self.journal.act(f"submit {title}"):
            if play.rejected:
                raise SubmissionRejected(f"{title} is not welcome")
            with self._changed:
                if spec.name not in self._held:
                    self._held[spec.name] = _RUNNING
                    self.fates[title] = "RUNNING"
                    self.started.append(title)
                    counts = Counter(held.status for held in self._held.values())
                    self.most_at_once = max(self.most_at_once, counts[JobStatus.RUNNING])
                    self._changed.notify_all()
                return self._held[spec.name]

    def observe(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        titles = [title_of(job) for job in jobs]
        for title in titles:
            self._refuse_if_unreachable(title, "observe")
        with self.journal.act(" ".join(["observe", *titles])), self._changed:
            return {job.name: self._held.get(job.name, self._absent(job)) for job in jobs}

    def stop(self, jobs: Sequence[Job], /) -> Mapping[JobName, Outcome]:
        with self.journal.act(" ".join(["stop", *map(title_of, jobs)])):
            for job in jobs:
                self._end(job.name, Outcome(status=JobStatus.STOPPED, ended_at=NOW))
            return {
                job.name: self._held.get(job.name, Outcome(status=JobStatus.STOPPED))
                for job in jobs
            }

    def logs(self, job: Job, /, *, follow: bool) -> Iterator[bytes]:
        play = self._play(job.name)
        self._wait(lambda: self.most_at_once >= self._together or job.name not in self._held)
        self._refuse_if_unreachable(title_of(job), "logs")
        yield from play.output
        if play.lasts and follow:
            self._wait(lambda: self._held.get(job.name) != _RUNNING)
        with self.journal.act():
            if play.vanishes:
                with self._changed:
                    self._held.pop(job.name, None)
            self._end(job.name)

    def release(self, jobs: Sequence[Job], /) -> None:
        for job in jobs:
            with self.journal.act(f"release {title_of(job)}"), self._changed:
                held = self._held.pop(job.name, None)
                assert held != _RUNNING, f"{job.name} was released while it ran"

    def _wait(self, for_this: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(for_this, PATIENCE), "waited in vain"

    def _play(self, name: JobName) -> Play:
        return self._plays.get(self._titles[name], Play())

    def _absent(self, job: Job) -> Outcome:
        was_started = job.status is not JobStatus.PLANNED
        return Outcome(status=JobStatus.LOST) if was_started else job.outcome

    def _refuse_if_unreachable(self, title: str, step: str) -> None:
        if not self.is_reachable or self._plays.get(title, Play()).unavailable_in == step:
            raise PlatformUnavailable(f"{self.name} doesn't answer")

    def _end(self, name: JobName, outcome: Outcome | None = None) -> None:
        with self._changed:
            if self._held.get(name) == _RUNNING:
                self._held[name] = outcome or self._play(name).end
                self.fates[self._titles[name]] = str(self._held[name].status)
                self._changed.notify_all()


class JournaledHistory:
    """A history that keeps the journal, and is used by one thread only, as a database is."""

    def __init__(self, journal: Journal | None = None, kept: MemoryHistory | None = None) -> None:
        self.journal = journal or Journal()
        self.kept = kept or MemoryHistory()
        self._thread = threading.get_ident()

    @property
    def jobs(self) -> dict[str, Job]:
        """Every job by its title: none of these tests gives an experiment two."""
        jobs = self.kept.recent()
        by_title = {title_of(job): job for job in jobs}
        assert len(by_title) == len(jobs), "an experiment has two jobs"
        return by_title

    @property
    def statuses(self) -> dict[str, str]:
        return {title: str(job.status) for title, job in self.jobs.items()}

    def enroll(
        self, enrolment: Enrolment, experiments: Iterable[Experiment], plan: Planner
    ) -> Sequence[Job]:
        with self._act("enroll"):
            return self.kept.enroll(enrolment, experiments, plan)

    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        titles = self._titles()
        said = (f"{titles[name]}={outcome.status}" for name, outcome in outcomes.items())
        with self._act(" ".join(["record", *said])):
            return self.kept.record(outcomes)

    def is_planned(self, name: JobName, /) -> bool:
        return self.kept.is_planned(name)

    def settle(self, names: Iterable[JobName], /) -> None:
        settled = list(names)
        titles = self._titles()
        with self._act(" ".join(["settle", *(titles[name] for name in settled)])):
            self.kept.settle(settled)

    def unsettled(
        self,
        *,
        platform: PlatformName | None = None,
        host: str | None = None,
        group: GroupName | None = None,
    ) -> Sequence[Job]:
        return self.kept.unsettled(platform=platform, host=host, group=group)

    def numbered(self, numbers: Iterable[int], /) -> Sequence[Job]:
        return self.kept.numbered(numbers)

    def recent(
        self,
        *,
        user: str | None = None,
        limit: int | None = None,
        states: Collection[JobStatus] = (),
    ) -> Sequence[Job]:
        return self.kept.recent(user=user, limit=limit, states=states)

    def of_group(
        self, group: GroupName, /, *, user: str | None = None, limit: int | None = None
    ) -> Sequence[Job]:
        return self.kept.of_group(group, user=user, limit=limit)

    def _titles(self) -> dict[JobName, str]:
        return {job.name: title_of(job) for job in self.kept.recent()}

    @contextmanager
    def _act(self, what: str) -> Iterator[None]:
        assert threading.get_ident() == self._thread, "two threads use one history"
        with self.journal.act(what):
            yield


def title_of(job: Job) -> str:
    argv = job.experiment.argv
    return argv[-1] if argv else ""


def request(*titles: str, image: ImageSpec | str = "image") -> Launch:
    return Launch(
        group=GroupName("group"),
        sweep=sweep_of([{"job": title} for title in titles], "test"),
        script="train.py",
        script_args=(),
        image=image,
        user="me",
        host="here",
        now=NOW,
    )


def launched(*titles: str, platform: Platform, history: History) -> Sequence[Job]:
    """A job for each title, planned in the history."""
    return launch(request(*titles), images=NoImages(), platform=platform, history=history)
