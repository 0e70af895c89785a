"""Whatever happens to a sweep on its way to Vertex AI, there is one job of each experiment.

A command dies like a process does: from that moment on none of its requests reaches the service,
and nothing that it learns the history. Time passes at once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.vertex.custom_job import Settings
from caliban_adapters.vertex.patience import Clock, Rate
from caliban_adapters.vertex.platform import VertexAi
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.errors import PlatformError
from caliban_domain.experiments import sweep_of
from caliban_domain.images import JobMode
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.launch import Launch, launch
from caliban_domain.machines import choose
from caliban_domain.names import GroupName, JobName
from caliban_domain.submit import OneByOne, submit
from fakes import misbehaviour
from fakes.misbehaviour import DROP_BEFORE_EFFECT, Fault
from fakes.server import Google, serve
from fakes.vertex import project_number

EXPERIMENTS = 30
GROUP = GroupName("forest")


class Killed(Exception):
    """What the dead would do."""


@dataclass
class Life:
    """A process's, which ends at most once."""

    is_over: bool = False

    def end(self) -> None:
        self.is_over = True

    def require(self) -> None:
        if self.is_over:
            raise Killed


class Time(Clock):
    """A process's, of which it has any amount."""

    def __init__(self, life: Life, tick: Callable[[float], None]) -> None:
        super().__init__()
        self._life = life
        self._tick = tick
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._life.require()
        until = self._now + seconds
        if until > self._now:
            self._tick(until - self._now)
            self._now = until


class Records(MemoryHistory):
    """A history that the dead don't write to; with record ``dies_at`` its writer dies."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.dies_at: int | None = None

    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        self.life.require()
        if self.dies_at is not None:
            self.dies_at -= 1
            if self.dies_at < 0:
                self.life.end()
        self.life.require()
        return super().record(outcomes)


@dataclass(frozen=True)
class Death:
    """When a process dies: at a request, before or after its effect, or before a record."""

    at: Literal["request", "effect", "record"]
    number: int


@dataclass
class World:
    """A service and a history, which outlive every command."""

    google: Google
    apis: Apis
    project: str
    history: Records = field(default_factory=Records)

    def command(self, faults: Iterable[tuple[int, Fault]] = (), death: Death | None = None) -> None:
        """``caliban cloud`` with the same sweep each time, in which this happens."""
        life = self.history.life = Life()
        self._plan(life, faults, death)
        try:
            self._submit(Time(life, self.google.clock.tick))
        except (Killed, PlatformError):
            pass
        finally:
            self.google.faults.end()
            self.history.dies_at = None

    def _plan(self, life: Life, faults: Iterable[tuple[int, Fault]], death: Death | None) -> None:
        begin = len(self.google.asked)
        google = self.google.faults
        google.when(lambda _: life.is_over, DROP_BEFORE_EFFECT, times=None)
        match death:
            case Death("record", number):
                self.history.dies_at = number
            case Death(at, number):
                effect = at == "effect"
                google.at(begin + number, Fault(effect=effect, heard=0, meanwhile=life.end))
        for number, fault in faults:
            google.at(begin + number, fault)

    def _submit(self, clock: Clock) -> None:
        settings = Settings(
            project=self.project,
            group=GROUP,
            hardware=choose(JobMode.CPU),
            command=("python", "train.py"),
        )
        platform = VertexAi(self.apis, settings, rate=Rate(clock=clock))
        request = Launch(
            group=GROUP,
            sweep=sweep_of({"n": list(range(EXPERIMENTS))}, "sweep.json"),
            script="train.py",
            script_args=(),
            image="app@sha256:0",
            user="totoro",
            host="tree",
            now=datetime.now(UTC),
        )
        jobs = launch(request, images=NoImages(), platform=platform, history=self.history)
        planned = [job for job in jobs if job.status is JobStatus.PLANNED]
        submit(planned, platform=OneByOne(platform), history=self.history, notify=lambda _: None)

    def check(self) -> None:
        """Each experiment has one job on the service, which is the one that the history knows."""
        newest = self.history.of_group(GROUP, limit=1)
        known = {(job.name, job.outcome.handle) for job in newest}
        there = [(job["labels"]["caliban_job"], job["name"]) for job in self._there()]
        assert sorted(there) == sorted(known)
        assert len(there) == EXPERIMENTS
        assert {job.status for job in newest} == {JobStatus.SUBMITTED}

    def _there(self) -> list[dict[str, Any]]:
        mine = f"projects/{project_number(self.project)}/"
        return [job for job in self.google.jobs.all() if job["name"].startswith(mine)]


numbers = st.integers(1, 3 * EXPERIMENTS)
faults = st.lists(
    st.tuples(numbers, st.sampled_from([*misbehaviour.TRANSIENT, *misbehaviour.LASTING])),
    max_size=12,
)
deaths = st.none() | st.builds(Death, st.sampled_from(["request", "effect", "record"]), numbers)


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    with serve() as fake:
        yield fake


@pytest.fixture(scope="module")
def apis(google: Google) -> Iterator[Apis]:
    with Apis(google.environment, None) as opened:
        yield opened


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(faults=faults, death=deaths, lag=st.integers(0, 5))
def test_after_two_more_commands_each_experiment_has_one_job(
    google: Google, apis: Apis, tried: Counter[str], **drawn: Any
) -> None:
    tried["sequences on the way to Vertex AI"] += 1
    google.jobs.listing_lag = drawn["lag"]
    world = World(google, apis, f"project-{tried.total()}")
    world.command(drawn["faults"], drawn["death"])
    world.command()
    world.command()
    world.check()
