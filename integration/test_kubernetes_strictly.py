"""The platform of clusters against an API server that checks what it is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.manifest import Destination, plan
from caliban_adapters.kubernetes.platform import Kubernetes
from caliban_domain.errors import PlatformError
from caliban_domain.jobs import Job, JobStatus
from fakes.kubernetes import faults
from fakes.kubernetes.resources import JOBS, PODS
from fakes.kubernetes.server import CONTEXT, NAMESPACE, Cluster
from fakes.misbehaviour import Fault
from kubernetes_jobs import SETTINGS, as_told, job, spec

ALONE = replace(SETTINGS, destination=Destination(CONTEXT, NAMESPACE))
TOGETHER = replace(ALONE, indexed=True)
ENOUGH = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["*"]},
    {"apiGroups": [""], "resources": ["pods", "pods/log", "events"], "verbs": ["get", "list"]},
]


def led_to(kubeconfig: Path) -> Kubernetes:
    places = Places(variables={"KUBECONFIG": str(kubeconfig)}, home=kubeconfig.parent)
    connecting = partial(connect, places, sleep=lambda _: None)
    planned = partial(plan, settings=ALONE)
    return Kubernetes(connecting, planned, by="ada", sleep=lambda _: None)


@pytest.fixture
def platform(cluster: Cluster) -> Iterator[Kubernetes]:
    with led_to(cluster.kubeconfig) as platform:
        yield platform


def submitted(platform: Kubernetes, *, number: int = 1) -> Job:
    planned = job(spec("--rate", "$(0.1)", name=f"tea-{number}", settings=ALONE), number=number)
    return as_told(planned, platform.submit(planned.spec))


def sweep(platform: Kubernetes, size: int) -> list[Job]:
    planned = [
        job(spec("--seed", str(seed), name=f"tea-{seed}", settings=TOGETHER), number=seed + 1)
        for seed in range(size)
    ]
    [batch] = platform.batches(planned)
    outcomes = platform.submit_together([one.spec for one in batch])
    return [as_told(one, outcomes[one.name]) for one in planned]


def states(platform: Kubernetes, jobs: Sequence[Job]) -> list[JobStatus]:
    seen = platform.observe(jobs)
    return [seen[one.name].status for one in jobs]


@pytest.mark.parametrize(("code", "end"), [(0, JobStatus.SUCCEEDED), (3, JobStatus.FAILED)])
def test_a_job_is_followed_to_its_end(
    platform: Kubernetes, cluster: Cluster, code: int, end: JobStatus
) -> None:
    one = submitted(platform)
    cluster.step()
    [pod] = cluster.pods.of(one.name)
    cluster.pods.start(pod)
    assert states(platform, [one]) == [JobStatus.RUNNING]
    cluster.pods.write(pod, "epoch 1\n")
    cluster.pods.end(pod, code)
    cluster.settle()
    assert states(platform, [one]) == [end]
    assert platform.observe([one])[one.name].exit_code == code
    assert b"".join(platform.logs(one, follow=True)) == b"epoch 1\n"


def test_each_index_of_a_sweep_has_its_own_end(platform: Kubernetes, cluster: Cluster) -> None:
    jobs = sweep(platform, 4)
    cluster.step()
    name = cluster.jobs()[0]["metadata"]["name"]
    cluster.pods.end_all(name, [0, 7, 0, 0])
    cluster.settle()
    expected = [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.SUCCEEDED, JobStatus.SUCCEEDED]
    assert states(platform, jobs) == expected
    assert platform.observe(jobs)[jobs[1].name].exit_code == 7


def test_a_job_that_waits_says_for_what(platform: Kubernetes, cluster: Cluster) -> None:
    first, second = (submitted(platform, number=number) for number in (1, 2))
    cluster.step()
    cluster.pods.unschedulable(cluster.pods.of(first.name)[0])
    cluster.pods.pull_fails(cluster.pods.of(second.name)[0], backs_off=True)
    seen = platform.observe([first, second])
    assert "Insufficient cpu" in (seen[first.name].reason or "")
    assert "registry.example/caliban" in (seen[second.name].reason or "")


def test_a_preemption_is_no_failure(platform: Kubernetes, cluster: Cluster) -> None:
    one = submitted(platform)
    for _ in range(2):
        cluster.step()
        pod = cluster.pods.of(one.name)[-1]
        cluster.pods.start(pod)
        cluster.pods.preempt(pod)
    cluster.step()
    cluster.pods.end_all(one.name)
    cluster.settle()
    assert states(platform, [one]) == [JobStatus.SUCCEEDED]


def test_a_stopped_job_leaves_no_pod(platform: Kubernetes, cluster: Cluster) -> None:
    one = submitted(platform)
    cluster.step()
    cluster.pods.start(cluster.pods.of(one.name)[0])
    assert platform.stop([one])[one.name].status is JobStatus.STOPPED
    cluster.settle()
    assert not [pod for pod in cluster.store.all(PODS) if pod["status"]["phase"] == "Running"]


def test_a_job_that_somebody_deleted_is_lost(platform: Kubernetes, cluster: Cluster) -> None:
    one = submitted(platform)
    cluster.remove(JOBS, one.name, NAMESPACE)
    assert states(platform, [one]) == [JobStatus.LOST]


def test_a_job_waits_in_the_queue_that_its_namespace_has(
    platform: Kubernetes, cluster: Cluster
) -> None:
    waits = spec(settings=replace(ALONE, queue="night"))
    with pytest.raises(PlatformError, match="has no Kueue"):
        platform.check(waits)
    cluster.add_queue("day", NAMESPACE)
    with pytest.raises(PlatformError, match="namespace research has no queue night"):
        platform.check(waits)
    cluster.add_queue("night", NAMESPACE)
    platform.check(waits)
    one = as_told(job(waits), platform.submit(waits))
    cluster.settle()
    assert platform.observe([one])[one.name].reason == "waits in the queue night"


@pytest.mark.parametrize("fault", faults.TRANSIENT)
def test_a_fault_on_the_way_makes_no_second_job(
    platform: Kubernetes, cluster: Cluster, fault: Fault
) -> None:
    cluster.faults.on("jobs.create", fault)
    one = submitted(platform)
    assert [made["metadata"]["name"] for made in cluster.jobs()] == [one.name]
    assert states(platform, [one]) == [JobStatus.SUBMITTED]


def test_an_account_of_one_namespace_is_enough(cluster: Cluster) -> None:
    token = cluster.add_account(NAMESPACE, "runner", ENOUGH)
    with led_to(cluster.kubeconfig_for(token)) as platform:
        one = submitted(platform)
        assert states(platform, [one]) == [JobStatus.SUBMITTED]
        cluster.accounts.expire(token)
        with pytest.raises(PlatformError, match="login"):
            platform.observe([one])
