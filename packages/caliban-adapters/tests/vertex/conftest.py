"""A service that stands in for Google's, and platforms that reach it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.vertex.custom_job import Settings
from caliban_adapters.vertex.patience import Clock, Rate
from caliban_adapters.vertex.platform import VertexAi
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef, JobMode
from caliban_domain.jobs import EnrolledExperiment, Job, JobStatus, Outcome, PlatformName
from caliban_domain.machines import choose
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Platform
from fakes.server import Google, serve

from .clocks import FastClock

GROUP = GroupName("forest")
SETTINGS = Settings(
    project="my-project",
    group=GROUP,
    hardware=choose(JobMode.CPU),
    command=("python", "train.py"),
)

Opener = Callable[..., VertexAi]
_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """The service, and a way to reach it as another process would."""

    google: Google
    clock: FastClock
    open: Opener


@pytest.fixture
def google() -> Iterator[Google]:
    with serve() as fake:
        yield fake


@pytest.fixture
def scene(google: Google) -> Iterator[Scene]:
    with ExitStack() as opened:
        clock = FastClock(google.clock.tick)

        def open_platform(clock: Clock = clock, **settings: Any) -> VertexAi:
            apis = opened.enter_context(Apis(google.environment, None))
            say = settings.pop("say", print)
            rate = Rate(clock=clock, **settings)
            return VertexAi(apis, SETTINGS, rate=rate, by="totoro", say=say)

        yield Scene(google, clock, open_platform)


def planned(platform: Platform, *argv: str) -> Job:
    number = next(_numbers)
    name = JobName(f"forest-{number}-0123abcd-1")
    return Job(
        number=number,
        spec=platform.plan(Experiment(script_args=argv), ImageRef("app@sha256:0"), name=name),
        experiment=EnrolledExperiment(
            number=number,
            group=GROUP,
            spec_number=1,
            spec=None,
            script="train.py",
            argv=argv,
        ),
        platform=PlatformName.VERTEX,
        user="totoro",
        host="tree",
        created_at=datetime.now(UTC),
        outcome=Outcome(status=JobStatus.PLANNED),
    )


def submitted(platform: VertexAi, *argv: str) -> Job:
    job = planned(platform, *argv)
    return replace(job, outcome=platform.submit(job.spec))
