"""Lists come in pages, all of one moment."""

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.server import Cluster


@pytest.fixture(autouse=True)
def five_jobs(client: Client) -> None:
    for number in range(5):
        client.create(job(f"job-{number}"))


def test_pages_together_are_the_list_of_the_first_moment(client: Client) -> None:
    first = client.batch.list_namespaced_job(NAMESPACE, limit=2)
    client.create(job("job-0a"))
    client.batch.delete_namespaced_job("job-3", NAMESPACE)

    names = [item.metadata.name for item in first.items]
    page = first
    while page.metadata._continue:  # noqa: SLF001 -- the library's name for it
        page = client.batch.list_namespaced_job(
            NAMESPACE,
            limit=2,
            _continue=page.metadata._continue,  # noqa: SLF001
        )
        names += [item.metadata.name for item in page.items]

    assert names == [f"job-{number}" for number in range(5)]
    assert first.metadata.remaining_item_count == 3


def test_a_list_that_was_forgotten_goes_on_only_with_how_things_are_now(
    client: Client, cluster: Cluster
) -> None:
    first = client.batch.list_namespaced_job(NAMESPACE, limit=2)
    client.batch.delete_namespaced_job("job-3", NAMESPACE)
    cluster.forget()

    with pytest.raises(ApiException) as refused:
        client.batch.list_namespaced_job(
            NAMESPACE,
            limit=2,
            _continue=first.metadata._continue,  # noqa: SLF001
        )

    assert (refused.value.status, told(refused.value)["reason"]) == (410, "Expired")
    rest = client.batch.list_namespaced_job(
        NAMESPACE, _continue=told(refused.value)["metadata"]["continue"]
    )
    assert [item.metadata.name for item in rest.items] == ["job-2", "job-4"]


def test_a_token_belongs_to_one_question(client: Client) -> None:
    first = client.batch.list_namespaced_job(NAMESPACE, limit=2)
    with pytest.raises(ApiException) as refused:
        client.batch.list_namespaced_job(
            NAMESPACE,
            label_selector="caliban_job",
            _continue=first.metadata._continue,  # noqa: SLF001
        )
    assert told(refused.value)["message"] == "continue key is not valid"


def test_a_list_of_all_namespaces_shows_all(client: Client, cluster: Cluster) -> None:
    cluster.add_namespace("other")
    client.create(job("job-9"), "other")
    places = [item.metadata.namespace for item in client.batch.list_job_for_all_namespaces().items]
    assert places == ["other", *[NAMESPACE] * 5]
