"""What goes wrong in a cluster once it has a job, and what is told of it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.manifest import Destination, Settings, plan
from caliban_adapters.kubernetes.platform import Kubernetes
from caliban_domain.errors import PlatformUnavailable
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import GroupName, JobName
from fakes.kubernetes.resources import JOBS, NAMESPACES, Thing
from fakes.kubernetes.server import CONTEXT, NAMESPACE, Cluster
from kubernetes_jobs import as_told, job

NAME = JobName("tea-1")
IMAGE = ImageRef("lab/tea@sha256:0")


@pytest.fixture
def platform(cluster: Cluster, tmp_path: Path) -> Iterator[Kubernetes]:
    places = Places(variables={"KUBECONFIG": str(cluster.kubeconfig)}, home=tmp_path)
    settings = Settings(
        destination=Destination(CONTEXT, NAMESPACE),
        group=GroupName("tea"),
        command=("python", "train.py"),
    )
    connecting = partial(connect, places, sleep=lambda _: None)
    planned = partial(plan, settings=settings)
    with Kubernetes(connecting, planned, sleep=lambda _: None) as platform:
        yield platform


@pytest.fixture
def submitted(platform: Kubernetes, cluster: Cluster) -> Job:
    """A job that has a pod."""
    spec = platform.plan(Experiment(script_args=()), IMAGE, name=NAME)
    one = job(spec)
    one = as_told(one, platform.submit(one.spec))
    cluster.settle()
    return one


def pod(cluster: Cluster) -> Thing:
    return cluster.pods.of(NAME)[-1]


def told(platform: Kubernetes, one: Job) -> Outcome:
    return platform.observe([one])[one.name]


def test_a_job_for_which_there_is_no_node_says_why(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.pods.unschedulable(pod(cluster))
    outcome = told(platform, submitted)
    assert outcome.status is JobStatus.SUBMITTED
    assert outcome.reason == "no node for it: 0/1 nodes are available: 1 Insufficient cpu."


def test_an_image_that_is_not_there_is_named(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.pods.pull_fails(pod(cluster), backs_off=True)
    assert str(told(platform, submitted).reason).startswith(
        "the image lab/tea@sha256:0 can't be pulled: "
    )


def test_a_job_that_runs_out_of_memory_has_failed_for_that(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.pods.out_of_memory(pod(cluster))
    cluster.settle()
    outcome = told(platform, submitted)
    assert (outcome.status, outcome.exit_code, outcome.reason) == (
        *(JobStatus.FAILED, 137, "out of memory"),
    )


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("evict", "is tried again after 1 pod ended: its node evicted it"),
        ("preempt", "was preempted, or lost its node, once"),
        ("lose_node", "was preempted, or lost its node, once"),
    ],
)
def test_a_job_that_loses_its_place_gets_another_and_succeeds(
    platform: Kubernetes, cluster: Cluster, submitted: Job, trouble: str, reason: str
) -> None:
    cluster.pods.start(pod(cluster))
    if trouble == "lose_node":
        cluster.pods.lose_node()
    else:
        getattr(cluster.pods, trouble)(pod(cluster))
    cluster.settle()
    waiting = told(platform, submitted)
    assert (waiting.status, waiting.reason) == (JobStatus.SUBMITTED, reason)
    cluster.pods.end(pod(cluster))
    cluster.settle()
    assert told(platform, submitted).status is JobStatus.SUCCEEDED


def test_a_job_that_loses_its_place_again_and_again_says_how_often(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    for _ in range(3):
        cluster.pods.start(pod(cluster))
        cluster.pods.preempt(pod(cluster))
        cluster.settle()
    cluster.pods.start(pod(cluster))
    outcome = told(platform, submitted)
    expected = (JobStatus.RUNNING, "was preempted, or lost its node, 3 times")
    assert (outcome.status, outcome.reason) == expected


def test_a_job_whose_node_does_not_answer_says_so(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.pods.start(pod(cluster))
    cluster.pods.lose_touch(pod(cluster))
    cluster.settle()
    outcome = told(platform, submitted)
    assert (outcome.status, outcome.reason) == (JobStatus.RUNNING, "its node stopped answering")


def test_a_job_deleted_behind_our_back_is_lost(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.remove(JOBS, NAME, NAMESPACE)
    assert told(platform, submitted).status is JobStatus.LOST


def test_a_job_that_its_cluster_deleted_after_its_success_has_succeeded(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.pods.end(pod(cluster))
    cluster.settle()
    cluster.remove(JOBS, NAME, NAMESPACE)
    assert told(platform, submitted).status is JobStatus.SUCCEEDED


def test_jobs_of_a_namespace_that_is_deleted_are_lost_and_take_no_more(
    platform: Kubernetes, cluster: Cluster, submitted: Job
) -> None:
    cluster.remove(NAMESPACES, NAMESPACE, "")
    cluster.settle()
    cluster.clock.tick(60)
    cluster.settle()
    assert told(platform, submitted).status is JobStatus.LOST
    again = platform.plan(Experiment(script_args=()), IMAGE, name=JobName("tea-2"))
    with pytest.raises(PlatformUnavailable, match=f"has no namespace {NAMESPACE}"):
        platform.submit(again)
