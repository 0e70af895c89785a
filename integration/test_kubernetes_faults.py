"""Whatever happens to a sweep on its way to a cluster, there is one job of each experiment.

A command dies like a process does: from that moment on none of its requests reaches the cluster,
and nothing that it learns the history.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.manifest import plan
from caliban_adapters.kubernetes.platform import Kubernetes
from caliban_adapters.kubernetes.sweeps import names_in, place
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.errors import PlatformError
from caliban_domain.experiments import sweep_of
from caliban_domain.jobs import JobStatus, Outcome
from caliban_domain.launch import Launch, launch
from caliban_domain.names import JobName
from caliban_domain.submit import submit
from kubernetes_jobs import GROUP, SETTINGS
from kubernetes_stub import BROKEN, BUSY, DROPPED, Stub, Thing, kubeconfig, kubernetes_stub

EXPERIMENTS = 30


class Killed(Exception):
    """What the dead would do."""


@dataclass
class Life:
    """A process's: over from a request of the cluster on, or from a record."""

    requests: int | None = None
    records: int | None = None
    is_over: bool = False

    def answer(self, _: str) -> tuple[int, Thing] | None:
        if self.requests is not None:
            self.requests -= 1
            self.is_over |= self.requests < 0
        return (503, {"message": "nobody asks any more"}) if self.is_over else None


class Records(MemoryHistory):
    """A history that the dead don't write to."""

    life = Life()

    def record(self, outcomes: Mapping[JobName, Outcome], /) -> Mapping[JobName, Outcome]:
        if self.life.records is not None:
            self.life.records -= 1
            self.life.is_over |= self.life.records < 0
        if self.life.is_over:
            raise Killed
        return super().record(outcomes)


@dataclass
class World:
    """A cluster and a history, which outlive every command."""

    stub: Stub
    places: Places
    indexed: bool
    history: Records = field(default_factory=Records)

    def command(self, life: Life, faults: Mapping[int, str]) -> None:
        """``caliban cluster job submit`` with the same sweep each time."""
        self.history.life = life
        self.stub.answers[:] = [life.answer]
        begin = len(self.stub.asked)
        self.stub.faults = {begin + number: fault for number, fault in faults.items()}
        planned = partial(plan, settings=replace(SETTINGS, indexed=self.indexed))
        connecting = partial(connect, self.places, sleep=lambda _: None)
        with (
            Kubernetes(connecting, planned, sleep=lambda _: None) as platform,
            suppress(Killed, PlatformError),
        ):
            self._submit(platform)
        self.stub.faults = {}

    def _submit(self, platform: Kubernetes) -> None:
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
        submit(planned, platform=platform, history=self.history, notify=lambda _: None)

    def check(self) -> None:
        """Each experiment has one place in the cluster, which is the one that the history knows."""
        newest = self.history.of_group(GROUP, limit=1)
        known = {job.name: place(job.outcome.handle or "") for job in newest}
        assert {job.status for job in newest} == {JobStatus.SUBMITTED}
        assert known == self._there()
        assert len(known) == EXPERIMENTS

    def _there(self) -> dict[str, tuple[str, int | None]]:
        there: dict[str, tuple[str, int | None]] = {}
        for (kind, name), thing in self.stub.objects.items():
            if kind == "jobs" and thing["spec"].get("completionMode") == "Indexed":
                names = names_in(self.stub.objects["configmaps", name])
                assert len(names) == thing["spec"]["completions"]
                assert not there.keys() & set(names)
                there |= {each: (name, index) for index, each in enumerate(names)}
            elif kind == "jobs":
                there[name] = name, None
        return there


numbers = st.integers(1, 2 * EXPERIMENTS)
faults = st.dictionaries(numbers, st.sampled_from([BUSY, BROKEN, DROPPED]), max_size=12)
lives = st.builds(Life, requests=st.none() | numbers) | st.builds(Life, records=st.integers(0, 20))


@pytest.mark.parametrize("indexed", [False, True], ids=["separate", "indexed"])
@settings(max_examples=25, deadline=None)
@given(faults=faults, life=lives)
def test_after_one_more_command_each_experiment_has_one_job(
    *, indexed: bool, faults: dict[int, str], life: Life
) -> None:
    with kubernetes_stub() as stub, TemporaryDirectory() as folder:
        (Path(folder) / "config").write_text(kubeconfig(stub.host))
        places = Places(variables={"KUBECONFIG": f"{folder}/config"}, home=Path(folder))
        world = World(stub, places, indexed)
        world.command(life, faults)
        world.command(Life(), {})
        world.check()
