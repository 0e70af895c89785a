"""What a cluster refuses to create, and the words in which it does."""

from typing import Any

import pytest
from kubernetes.client import ApiException

from fakes.kubernetes.clients import NAMESPACE, Client, indexed, job, told


def pod_spec(body: dict[str, Any]) -> Any:
    return body["spec"]["template"]["spec"]


def with_container(**more: Any) -> dict[str, Any]:
    body = job()
    pod_spec(body)["containers"][0].update(more)
    return body


def with_pod(**more: Any) -> dict[str, Any]:
    body = job()
    pod_spec(body).update(more)
    return body


def with_rule(**rule: Any) -> dict[str, Any]:
    return job(podFailurePolicy={"rules": [rule]})


def with_resources(**resources: Any) -> dict[str, Any]:
    return with_container(resources=resources)


def with_labels(labels: dict[str, str]) -> dict[str, Any]:
    body = job()
    body["metadata"]["labels"] = labels
    return body


def codes(*values: int, operator: str = "In", **more: Any) -> dict[str, Any]:
    return {"operator": operator, "values": list(values), **more}


IMPOSSIBLE = [
    (job("Train"), "metadata.name", "lowercase RFC 1123 subdomain"),
    (job("a" * 64), "spec.template.labels", "must be no more than 63 bytes"),
    (indexed("a" * 61, 101), "metadata.name", "invalid DNS label"),
    (with_labels({"job": "a b"}), "metadata.labels", "a valid label must be"),
    (with_labels({"-": "a"}), "metadata.labels", "name part must consist of"),
    (job(parallelism=-1), "spec.parallelism", "greater than or equal to 0"),
    (job(completionMode="Indexed"), "spec.completions", "when completion mode is Indexed"),
    (indexed(parallelism=100_001), "spec.parallelism", "less than or equal to 100000"),
    (indexed(completions=100_001, parallelism=9), "spec.maxFailedIndexes", "must be specified"),
    (
        indexed(completions=100_001, maxFailedIndexes=1, parallelism=10_001),
        "spec.parallelism",
        "less than or equal to 10000",
    ),
    (job(backoffLimitPerIndex=1), "spec.backoffLimitPerIndex", "requires indexed completion mode"),
    (job(maxFailedIndexes=1), "spec.backoffLimitPerIndex", "when maxFailedIndexes is specified"),
    (with_pod(restartPolicy="Always"), "spec.template.spec.restartPolicy", "Unsupported value"),
    (with_pod(restartPolicy=None), "spec.template.spec.restartPolicy", "Required value"),
    (
        with_rule(action="FailIndex", onExitCodes=codes(1)),
        "spec.podFailurePolicy.rules[0].action",
        "requires the backoffLimitPerIndex",
    ),
    (
        with_rule(action="Ignore", onExitCodes=codes(0)),
        "spec.podFailurePolicy.rules[0].onExitCodes.values[0]",
        "must not be 0 for the In operator",
    ),
    (
        with_rule(action="Ignore", onExitCodes=codes(2, 1)),
        "spec.podFailurePolicy.rules[0].onExitCodes.values",
        "must be ordered",
    ),
    (
        with_rule(action="Ignore", onExitCodes=codes(1, containerName="other")),
        "spec.podFailurePolicy.rules[0].onExitCodes.containerName",
        "must be one of the container",
    ),
    (with_rule(action="Ignore"), "spec.podFailurePolicy.rules[0]", "is required"),
    (
        job(podFailurePolicy={"rules": []}, podReplacementPolicy="TerminatingOrFailed"),
        "spec.podReplacementPolicy",
        'supported values: "Failed"',
    ),
    (with_container(image=""), "spec.template.spec.containers[0].image", "Required value"),
    (with_container(name="Main"), "spec.template.spec.containers[0].name", "RFC 1123 label"),
    (
        with_container(env=[{"name": "A=B", "value": "1"}]),
        "spec.template.spec.containers[0].env[0].name",
        "printable ASCII",
    ),
    (
        with_container(volumeMounts=[{"name": "sweep", "mountPath": "/a"}]),
        "spec.template.spec.containers[0].volumeMounts[0].name",
        'Not found: "sweep"',
    ),
    (
        with_resources(requests={"cpu": "2"}, limits={"cpu": "1500m"}),
        "spec.template.spec.containers[0].resources.requests",
        "less than or equal to cpu limit of 1500m",
    ),
    (
        with_resources(requests={"nvidia.com/gpu": "1"}),
        "spec.template.spec.containers[0].resources.limits",
        "Limit must be set",
    ),
    (
        with_resources(limits={"nvidia.com/gpu": "0.5"}),
        "spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]",
        "must be an integer",
    ),
    (
        with_pod(tolerations=[{"key": "a", "operator": "Exists", "value": "b"}]),
        "spec.template.spec.tolerations[0].operator",
        "value must be empty",
    ),
]


@pytest.mark.parametrize(("body", "field", "words"), IMPOSSIBLE)
def test_what_can_not_be_is_refused_by_field(
    client: Client, body: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(ApiException) as refused:
        client.create(body)

    status = told(refused.value)
    assert (refused.value.status, status["reason"]) == (422, "Invalid")
    assert any(
        cause["field"] == field and words in cause["message"]
        for cause in status["details"]["causes"]
    ), status["message"]
    assert not client.batch.list_namespaced_job(NAMESPACE).items


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (job(backofLimit=1), 'strict decoding error: unknown field "spec.backofLimit"'),
        (job(backoffLimit="1"), "cannot unmarshal string into Go struct field spec.backoffLimit"),
        (with_container(args=[1]), "cannot unmarshal number"),
        (with_resources(limits={"memory": "1 GB"}), "quantities must match"),
        ({**job(), "kind": "CronJob"}, "CronJob"),
    ],
)
def test_what_can_not_be_read_is_a_bad_request(
    client: Client, body: dict[str, Any], words: str
) -> None:
    with pytest.raises(ApiException) as refused:
        client.send(body)
    assert told(refused.value)["reason"] == "BadRequest"
    assert words in told(refused.value)["message"]


def test_a_sweep_of_as_many_as_there_can_be_is_taken(client: Client) -> None:
    client.create(indexed(completions=100_000, parallelism=1000))


def test_the_template_of_a_job_stays(client: Client) -> None:
    client.create(job())
    patch = {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}}
    with pytest.raises(ApiException) as refused:
        client.batch.patch_namespaced_job("train", NAMESPACE, patch)
    assert "field is immutable" in told(refused.value)["message"]


def test_a_job_that_waits_may_still_be_sent_elsewhere(client: Client) -> None:
    client.create(job(suspend=True))
    patch = {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}}
    changed = client.batch.patch_namespaced_job("train", NAMESPACE, patch)
    assert changed.spec.template.spec.node_selector == {"a": "b"}


def test_a_config_map_holds_a_mebibyte(client: Client) -> None:
    full = {"metadata": {"name": "full"}, "data": {"a": "x" * 2**20}}
    client.core.create_namespaced_config_map(NAMESPACE, full)
    more = {"metadata": {"name": "more"}, "data": {"a": "x" * 2**20, "b": "y"}}
    with pytest.raises(ApiException) as refused:
        client.core.create_namespaced_config_map(NAMESPACE, more)
    assert "Too long: may not be more than 1048576 bytes" in told(refused.value)["message"]


def test_an_immutable_config_map_keeps_its_data(client: Client) -> None:
    table = {"metadata": {"name": "table"}, "data": {"a": "1"}, "immutable": True}
    client.core.create_namespaced_config_map(NAMESPACE, table)
    client.core.patch_namespaced_config_map(
        "table", NAMESPACE, {"metadata": {"labels": {"a": "b"}}}
    )
    with pytest.raises(ApiException) as refused:
        client.core.patch_namespaced_config_map("table", NAMESPACE, {"data": {"a": "2"}})
    assert "field is immutable when `immutable` is set" in told(refused.value)["message"]


def test_a_request_has_a_largest_size(client: Client) -> None:
    body = {"metadata": {"name": "huge"}, "data": {"a": "x" * 3 * 2**20}}
    with pytest.raises(ApiException) as refused:
        client.core.create_namespaced_config_map(NAMESPACE, body)
    assert refused.value.status == 413
