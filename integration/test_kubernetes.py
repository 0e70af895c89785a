"""Kubernetes as a platform: on a cluster that plays, or on a real one (see kubernetes_play)."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest

from caliban_adapters.kubernetes.connecting import connect, find_place
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.manifest import Settings, plan
from caliban_adapters.kubernetes.platform import Kubernetes
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobSpec, JobStatus, Outcome
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Platform
from kubernetes_jobs import as_told, job
from kubernetes_play import IMAGE, Place, place, script
from port_contracts.platform import PlatformContract

PATIENCE = 120.0  # seconds
_numbers = count(1)


class UntilItRuns(Kubernetes):
    """Submits a job; of one that lasts, waits until it has a pod that runs."""

    def submit(self, spec: JobSpec, /) -> Outcome:
        outcome = super().submit(spec)
        if "sleep" not in str(spec.payload["args"]):
            return outcome
        deadline = time.monotonic() + PATIENCE
        while outcome.status is JobStatus.SUBMITTED and time.monotonic() < deadline:
            time.sleep(0.05)
            outcome = self.observe([as_told(job(spec), outcome)])[spec.name]
        return outcome


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def places(here: Place, tmp_path: Path) -> Places:
    return Places(variables={"KUBECONFIG": str(here.kubeconfig)}, home=tmp_path)


@pytest.fixture
def settings(places: Places) -> Settings:
    there = find_place(places, None, None, needed=True)
    group = GroupName(f"caliban-test-{token_hex(4)}")
    # A real cluster is left as it was found, an hour later.
    return Settings(destination=there.destination, group=group, command=("sh", "-c"), ttl=3600)


@pytest.fixture
def platform(places: Places, settings: Settings) -> Iterator[Kubernetes]:
    planned = partial(plan, settings=settings)
    connecting = partial(connect, places, sleep=time.sleep)
    quickly = partial(_nap, 0.05)
    with UntilItRuns(connecting, planned, by="ada", sleep=quickly) as platform:
        yield platform


def _nap(longest: float, seconds: float) -> None:
    time.sleep(min(longest, seconds))


def planned(platform: Platform, words: str) -> Job:
    name = JobName(f"caliban-test-{token_hex(4)}-{next(_numbers)}")
    spec = platform.plan(Experiment(script_args=(words,)), ImageRef(IMAGE), name=name)
    one = job(spec, number=next(_numbers))
    group = GroupName(str(spec.payload["group"]))
    return replace(one, experiment=replace(one.experiment, group=group))


class TestKubernetes(PlatformContract):
    def planned(
        self, platform: Platform, *, exit_code: int = 0, output: bytes = b"", lasts: bool = False
    ) -> Job:
        return planned(platform, script(output=output, exit_code=exit_code, lasts=lasts))


def test_each_index_of_a_sweep_gets_its_own_arguments_and_end(
    places: Places, settings: Settings
) -> None:
    indexed = partial(plan, settings=replace(settings, indexed=True))
    connecting = partial(connect, places, sleep=time.sleep)
    with Kubernetes(connecting, indexed, sleep=partial(_nap, 0.05)) as platform:
        words = "printf '%s' '{} $(HOME) $$ é\n'"
        jobs = [planned(platform, words.format(number)) for number in range(2)]
        jobs.append(planned(platform, "exit 5"))
        (batch,) = platform.batches(jobs)
        outcomes = platform.submit_together([one.spec for one in batch])
        jobs = [as_told(one, outcomes[one.name]) for one in jobs]
        written = [b"".join(platform.logs(one, follow=True)) for one in jobs]
        outcomes = platform.observe(jobs)
        ends = [(outcomes[one.name].status, outcomes[one.name].exit_code) for one in jobs]
    assert [text.decode() for text in written[:2]] == ["0 $(HOME) $$ é\n", "1 $(HOME) $$ é\n"]
    assert ends == [
        (JobStatus.SUCCEEDED, 0),
        (JobStatus.SUCCEEDED, 0),
        (JobStatus.FAILED, 5),
    ]


def test_a_stopped_sweep_is_stopped(places: Places, settings: Settings) -> None:
    indexed = partial(plan, settings=replace(settings, indexed=True, parallel=1))
    connecting = partial(connect, places, sleep=time.sleep)
    with Kubernetes(connecting, indexed, by="ada", sleep=partial(_nap, 0.05)) as platform:
        jobs = [planned(platform, f"exit {number}") for number in range(40)]
        (batch,) = platform.batches(jobs)
        outcomes = platform.submit_together([one.spec for one in batch])
        jobs = [as_told(one, outcomes[one.name]) for one in jobs]
        stopped = platform.stop(jobs)
    assert {outcome.status.is_terminal for outcome in stopped.values()} == {True}
    assert stopped[jobs[-1].name].reason == "stopped by ada"
