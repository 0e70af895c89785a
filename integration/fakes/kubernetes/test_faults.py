"""Whatever goes wrong, the client hears it, and the test knows what was carried out."""

import pytest
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from fakes.kubernetes import faults
from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.server import Cluster
from fakes.misbehaviour import Fault, slow


@pytest.mark.parametrize("fault", [*faults.TRANSIENT, *faults.LASTING])
def test_a_fault_is_heard_once(client: Client, cluster: Cluster, fault: Fault) -> None:
    cluster.faults.on("jobs.create", fault)

    with pytest.raises((ApiException, HTTPError)) as failed:
        client.create(job())

    if fault.refusal:
        assert isinstance(failed.value, ApiException)
        assert told(failed.value)["code"] == fault.refusal.code
    assert len(cluster.jobs()) == fault.effect
    assert client.batch.list_namespaced_job(NAMESPACE) is not None


def test_who_asks_too_much_is_told_when_to_come_again(client: Client, cluster: Cluster) -> None:
    cluster.faults.on("jobs.list", faults.TOO_MANY_REQUESTS)
    with pytest.raises(ApiException) as refused:
        client.batch.list_namespaced_job(NAMESPACE)
    assert (refused.value.headers or {})["Retry-After"] == "1"


def test_an_answer_may_come_late(client: Client, cluster: Cluster) -> None:
    cluster.faults.on("jobs.list", slow(0.1))
    with pytest.raises(HTTPError):
        client.batch.list_namespaced_job(NAMESPACE, _request_timeout=0.02)
    assert client.batch.list_namespaced_job(NAMESPACE).items == []


def test_a_request_may_be_the_last_of_its_client(client: Client, cluster: Cluster) -> None:
    heard: list[int] = []
    meanwhile = Fault(effect=True, meanwhile=lambda: heard.append(len(cluster.jobs())))
    cluster.faults.at(1, meanwhile)
    client.create(job())
    assert heard == [1]
