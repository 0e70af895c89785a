"""An account may do what the roles bound to it say, where they say it."""

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, job, told
from fakes.kubernetes.server import Cluster

RULES = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "list"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["keys"]},
]


@pytest.fixture
def token(cluster: Cluster) -> str:
    return cluster.add_account(NAMESPACE, "runner", RULES)


@pytest.fixture
def limited(cluster: Cluster, token: str) -> Client:
    return Client(cluster.kubeconfig_for(token))


def test_what_a_role_allows_is_done(limited: Client) -> None:
    with limited:
        limited.create(job())
        assert len(limited.batch.list_namespaced_job(NAMESPACE).items) == 1


def test_a_verb_that_no_role_names_is_forbidden(limited: Client) -> None:
    with limited, pytest.raises(ApiException) as refused:
        limited.batch.delete_namespaced_job("train", NAMESPACE)
    assert told(refused.value)["message"] == (
        'jobs.batch "train" is forbidden: User "system:serviceaccount:research:runner" cannot '
        'delete resource "jobs" in API group "batch" in the namespace "research"'
    )


def test_a_role_ends_at_its_namespace(limited: Client) -> None:
    with limited, pytest.raises(ApiException) as refused:
        limited.batch.list_job_for_all_namespaces()
    assert 'cannot list resource "jobs" in API group "batch" at the cluster scope' in str(
        told(refused.value)["message"]
    )


def test_reading_pods_is_not_reading_their_logs(limited: Client) -> None:
    with limited, pytest.raises(ApiException) as refused:
        limited.core.read_namespaced_pod_log("train", NAMESPACE)
    assert 'cannot get resource "pods/log"' in told(refused.value)["message"]


def test_a_rule_may_be_about_one_object(limited: Client) -> None:
    with limited:
        with pytest.raises(ApiException) as refused:
            limited.core.read_namespaced_secret("keys", NAMESPACE)
        assert refused.value.status == 404
        with pytest.raises(ApiException) as refused:
            limited.core.read_namespaced_secret("other", NAMESPACE)
        assert refused.value.status == 403


def test_a_namespace_itself_needs_a_rule_too(limited: Client) -> None:
    with limited, pytest.raises(ApiException) as refused:
        limited.core.read_namespace(NAMESPACE)
    assert refused.value.status == 403


def test_an_expired_token_is_nobodys(cluster: Cluster, limited: Client, token: str) -> None:
    cluster.accounts.expire(token)
    with limited, pytest.raises(ApiException) as refused:
        limited.batch.list_namespaced_job(NAMESPACE)
    assert (refused.value.status, told(refused.value)["reason"]) == (401, "Unauthorized")


def test_an_account_may_ask_what_it_may(limited: Client) -> None:
    def may(verb: str) -> bool:
        wanted = {"verb": verb, "group": "batch", "resource": "jobs", "namespace": NAMESPACE}
        body = {"spec": {"resourceAttributes": wanted}}
        answer = limited.access.create_self_subject_access_review(body)
        return bool(answer.status.allowed)

    with limited:
        assert (may("create"), may("delete")) == (True, False)
