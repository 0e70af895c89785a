"""The controller makes pods for Jobs, counts how they end, and ends the Jobs."""

from typing import Any

import pytest

from fakes.kubernetes.clients import NAMESPACE, Client, indexed, job
from fakes.kubernetes.server import Cluster

IGNORE_DISRUPTIONS = {
    "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]
}
FAIL_ON_42 = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}


def conditions(client: Client, name: str) -> list[tuple[str, str]]:
    return [
        (one.type, one.reason)
        for one in client.job(name).status.conditions or ()
        if one.status == "True"
    ]


def test_a_job_that_nobody_stepped_has_no_pods(client: Client) -> None:
    client.create(job())
    assert not client.core.list_namespaced_pod(NAMESPACE).items
    assert client.job("train").status.start_time is None


def test_a_job_completes_when_its_pod_has_gone_well(client: Client, cluster: Cluster) -> None:
    client.create(job())
    cluster.step()
    assert client.job("train").status.active == 1
    cluster.pods.end_all("train")

    cluster.step()
    assert conditions(client, "train") == [("SuccessCriteriaMet", "CompletionsReached")]
    assert client.job("train").status.completion_time is None
    cluster.step()
    assert ("Complete", "CompletionsReached") in conditions(client, "train")
    status = client.job("train").status
    assert (status.succeeded, status.active) == (1, None)
    assert status.completion_time


def test_a_job_is_tried_again_as_often_as_it_says(client: Client, cluster: Cluster) -> None:
    client.create(job(backoffLimit=1))
    for _ in range(2):
        cluster.step()
        cluster.pods.end_all("train", 1)
    cluster.settle()

    assert [pod["status"]["phase"] for pod in cluster.pods.of("train")] == ["Failed"] * 2
    assert conditions(client, "train") == [
        ("FailureTarget", "BackoffLimitExceeded"),
        ("Failed", "BackoffLimitExceeded"),
    ]
    assert client.job("train").status.completion_time is None


def test_each_index_has_its_own_pod_and_end(client: Client, cluster: Cluster) -> None:
    client.create(indexed("sweep", 7))
    cluster.step()
    [pod] = cluster.pods.of("sweep", index=4)
    read = client.core.read_namespaced_pod(pod["metadata"]["name"], NAMESPACE)
    assert read.metadata.annotations["batch.kubernetes.io/job-completion-index"] == "4"
    assert read.spec.containers[0].env[-1].name == "JOB_COMPLETION_INDEX"
    assert read.metadata.name.startswith("sweep-4-")

    cluster.pods.end_all("sweep", [0, 0, 1, 0, 0, 0, 1])
    cluster.settle()

    status = client.job("sweep").status
    assert (status.completed_indexes, status.failed_indexes) == ("0,1,3-5", "2,6")
    assert ("Failed", "FailedIndexes") in conditions(client, "sweep")


def test_only_so_many_pods_run_at_a_time(client: Client, cluster: Cluster) -> None:
    client.create(indexed("sweep", 5, parallelism=2))
    seen = []
    for _ in range(3):
        cluster.step()
        seen.append(client.job("sweep").status.active)
        cluster.pods.end_all("sweep")
    cluster.settle()
    assert seen == [2, 2, 1]
    assert client.job("sweep").status.completed_indexes == "0-4"


def test_an_index_is_tried_again_as_often_as_it_may(client: Client, cluster: Cluster) -> None:
    client.create(indexed("sweep", 2, backoffLimitPerIndex=1))
    cluster.step()
    cluster.pods.end_all("sweep", [1, 0])
    cluster.step()
    cluster.pods.end_all("sweep", 0)
    cluster.settle()
    assert ("Complete", "CompletionsReached") in conditions(client, "sweep")
    assert len(cluster.pods.of("sweep", index=0)) == 2


def test_too_many_failed_indexes_end_the_rest(client: Client, cluster: Cluster) -> None:
    client.create(indexed("sweep", 3, maxFailedIndexes=0))
    cluster.step()
    cluster.pods.end(cluster.pods.of("sweep", index=0)[0], 1)
    cluster.settle()
    assert ("Failed", "MaxFailedIndexesExceeded") in conditions(client, "sweep")
    assert client.job("sweep").status.active is None


def test_a_disruption_that_is_ignored_is_no_failure(client: Client, cluster: Cluster) -> None:
    client.create(job(podFailurePolicy=IGNORE_DISRUPTIONS))
    for _ in range(3):
        cluster.step()
        cluster.pods.start(cluster.pods.of("train")[-1])
        cluster.pods.preempt(cluster.pods.of("train")[-1])
    cluster.step()
    cluster.pods.end_all("train")
    cluster.settle()
    assert ("Complete", "CompletionsReached") in conditions(client, "train")
    assert len(cluster.pods.of("train")) == 1
    assert client.job("train").status.failed is None


def test_an_exit_code_may_fail_the_job_at_once(client: Client, cluster: Cluster) -> None:
    client.create(job(backoffLimit=6, podFailurePolicy={"rules": [FAIL_ON_42]}))
    cluster.step()
    cluster.pods.end_all("train", 42)
    cluster.settle()
    failed = client.job("train").status.conditions[-1]
    assert (failed.type, failed.reason) == ("Failed", "PodFailurePolicy")
    assert "failed with exit code 42 matching FailJob rule at index 0" in failed.message


def test_a_job_has_only_so_much_time(client: Client, cluster: Cluster) -> None:
    client.create(job(activeDeadlineSeconds=60))
    cluster.step()
    cluster.pods.start(cluster.pods.of("train")[0])
    cluster.clock.tick(61)
    cluster.settle()
    assert ("Failed", "DeadlineExceeded") in conditions(client, "train")


def test_an_ended_job_goes_when_its_time_is_over(client: Client, cluster: Cluster) -> None:
    client.create(job(ttlSecondsAfterFinished=60))
    cluster.step()
    cluster.pods.end_all("train")
    cluster.settle()
    assert cluster.jobs()
    cluster.clock.tick(61)
    cluster.settle()
    assert not cluster.jobs()
    assert not cluster.pods.of("train")


def test_a_job_that_is_held_back_makes_no_pods(client: Client, cluster: Cluster) -> None:
    client.create(job(suspend=True))
    cluster.settle()
    assert conditions(client, "train") == [("Suspended", "JobSuspended")]
    assert not cluster.pods.of("train")
    cluster.suspend(NAMESPACE, "train", suspended=False)
    cluster.settle()
    assert conditions(client, "train") == []
    assert len(cluster.pods.of("train")) == 1


def test_a_job_that_is_held_back_loses_its_pods(client: Client, cluster: Cluster) -> None:
    client.create(job())
    cluster.step()
    cluster.pods.start(cluster.pods.of("train")[0])
    cluster.suspend(NAMESPACE, "train")
    cluster.settle()
    assert not cluster.pods.of("train")
    assert client.job("train").status.active is None
    assert client.job("train").status.failed is None


def test_a_job_may_be_made_narrower(client: Client, cluster: Cluster) -> None:
    client.create(indexed("sweep", 3))
    cluster.step()
    client.batch.patch_namespaced_job("sweep", NAMESPACE, {"spec": {"parallelism": 1}})
    cluster.settle()
    assert len(cluster.pods.of("sweep")) == 1
    assert client.job("sweep").status.failed is None


def test_a_pod_that_was_deleted_is_replaced(client: Client, cluster: Cluster) -> None:
    client.create(job(backoffLimit=1))
    cluster.step()
    [first] = cluster.pods.of("train")
    cluster.pods.start(first)
    client.core.delete_namespaced_pod(first["metadata"]["name"], NAMESPACE)
    cluster.settle()
    [second] = cluster.pods.of("train")
    assert second["metadata"]["uid"] != first["metadata"]["uid"]


def test_a_job_whose_account_is_not_there_says_so(client: Client, cluster: Cluster) -> None:
    body = job()
    body["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    client.create(body)
    cluster.step()
    [event] = client.core.list_namespaced_event(NAMESPACE).items
    assert (event.reason, event.involved_object.kind) == ("FailedCreate", "Job")
    assert 'serviceaccount "nobody" not found' in event.message


@pytest.mark.parametrize(("code", "reason"), [(0, "Completed"), (1, "BackoffLimitExceeded")])
def test_the_end_of_a_job_is_remarked(
    client: Client, cluster: Cluster, code: int, reason: str
) -> None:
    client.create(job())
    cluster.step()
    cluster.pods.end_all("train", code)
    cluster.settle()
    events: Any = client.core.list_namespaced_event(
        NAMESPACE, field_selector="involvedObject.kind=Job"
    )
    assert reason in {event.reason for event in events.items}


def test_what_was_remarked_is_forgotten_after_an_hour(client: Client, cluster: Cluster) -> None:
    client.create(job())
    cluster.settle()
    assert client.core.list_namespaced_event(NAMESPACE).items
    cluster.clock.tick(3601)
    cluster.settle()
    assert not client.core.list_namespaced_event(NAMESPACE).items


def test_of_many_remarks_about_a_job_the_later_ones_are_left_out(
    client: Client, cluster: Cluster
) -> None:
    client.create(indexed("sweep", 40))
    cluster.step()
    cluster.pods.end_all("sweep")
    cluster.settle()
    of_jobs = "involvedObject.kind=Job"
    remarks = client.core.list_namespaced_event(NAMESPACE, field_selector=of_jobs).items
    assert [event.reason for event in remarks] == ["SuccessfulCreate"] * 25


def test_ten_thousand_indexes_are_no_trouble(client: Client, cluster: Cluster) -> None:
    client.create(indexed("sweep", 10_000))
    cluster.step()
    cluster.pods.end_all("sweep", [index == 77 for index in range(10_000)])
    cluster.settle()
    assert client.job("sweep").status.completed_indexes == "0-76,78-9999"
