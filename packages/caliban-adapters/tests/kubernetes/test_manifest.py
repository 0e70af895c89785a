import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_validate import validate

from caliban_adapters.kubernetes.hardware import Hardware
from caliban_adapters.kubernetes.manifest import (
    Destination,
    SecretKey,
    Settings,
    destination_of,
    expansion_proof,
    group_selector,
    manifest,
)
from caliban_domain.accelerators import GpuSpec, TpuSpec
from caliban_domain.images import ImageRef
from caliban_domain.mlflow import MlflowConfig, Tracking
from caliban_domain.names import GroupName, JobName
from kubernetes_jobs import GROUP, HERE, SETTINGS, spec

LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
LABEL_KEY = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")

EVERYTHING = Settings(
    destination=HERE,
    group=GROUP,
    command=("python", "train.py"),
    hardware=Hardware(cpu="1500m", memory="2Gi", gpu=GpuSpec(2, "L4"), spot=True),
    labels={"team": "tea"},
    variables={"PRICE": "$(PATH)$"},
    secrets={"TOKEN": SecretKey("keys", "token")},
    service_account="runner",
    queue="night",
    retries=3,
    ttl=600,
)


def container(job: dict[str, Any]) -> dict[str, Any]:
    (found,) = job["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, EVERYTHING, replace(SETTINGS, hardware=Hardware(tpu=TpuSpec(4, "V5E")))],
    ids=["plain", "everything", "TPU"],
)
def test_a_job_is_valid_in_the_schemas_of_kubernetes(settings: Settings) -> None:
    validate(manifest(spec("--rate", "0.1", settings=settings)), "1.36", strict=True)


def test_a_job_executes_the_command_with_its_arguments_in_its_image() -> None:
    made = container(manifest(spec("--rate", "0.1")))
    assert (made["command"], made["args"]) == (["python", "train.py"], ["--rate", "0.1"])
    assert made["image"].startswith("registry.example/caliban@sha256:")


def test_a_pod_is_never_started_anew_by_its_node() -> None:
    assert manifest(spec())["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_losing_its_node_does_not_count_as_a_failure() -> None:
    (rule,) = manifest(spec())["spec"]["podFailurePolicy"]["rules"]
    assert rule["action"] == "Ignore"
    assert rule["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]


def test_a_job_is_tried_again_as_often_as_asked() -> None:
    assert manifest(spec())["spec"]["backoffLimit"] == 0
    assert manifest(spec(settings=EVERYTHING))["spec"]["backoffLimit"] == 3


def test_a_job_stays_after_its_end_unless_it_is_to_go() -> None:
    assert "ttlSecondsAfterFinished" not in manifest(spec())["spec"]
    assert manifest(spec(settings=EVERYTHING))["spec"]["ttlSecondsAfterFinished"] == 600


def test_a_job_in_a_queue_waits_until_its_queue_lets_it_go() -> None:
    made = manifest(spec(settings=EVERYTHING))
    assert made["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "night"
    assert made["spec"]["suspend"] is True
    assert "suspend" not in manifest(spec())["spec"]


def test_a_secret_stays_in_the_cluster() -> None:
    environment = container(manifest(spec(settings=EVERYTHING)))["env"]
    (token,) = [one for one in environment if one["name"] == "TOKEN"]
    assert token["valueFrom"] == {"secretKeyRef": {"name": "keys", "key": "token"}}


def test_a_variable_arrives_as_it_was_given() -> None:
    environment = container(manifest(spec(settings=EVERYTHING)))["env"]
    (price,) = [one for one in environment if one["name"] == "PRICE"]
    assert expanded(price["value"]) == "$(PATH)$"


def test_a_job_knows_its_name_and_its_group() -> None:
    environment = {one["name"]: one.get("value") for one in container(manifest(spec()))["env"]}
    assert environment["CALIBAN_JOB"] == "tea-1"
    assert environment["CALIBAN_XGROUP"] == "tea"


def test_another_attempt_has_another_name_and_perhaps_another_image() -> None:
    again = replace(spec("--a"), name=JobName("tea-1-2"), image=ImageRef("other@sha256:2"))
    made = manifest(again)
    assert made["metadata"]["name"] == "tea-1-2"
    assert made["metadata"]["labels"]["caliban_job"] == "tea-1-2"
    assert container(made)["image"] == "other@sha256:2"


def test_a_job_tells_where_it_is_to_be() -> None:
    assert destination_of(spec()) == HERE
    inside = replace(SETTINGS, destination=Destination(None, "x"))
    assert destination_of(spec(settings=inside)).context is None


def test_the_jobs_of_a_group_are_found_by_their_label() -> None:
    labels = manifest(spec())["metadata"]["labels"]
    assert group_selector(GROUP) == f"caliban_xgroup={labels['caliban_xgroup']}"


@given(st.lists(st.text(max_size=70), max_size=5), st.text(min_size=1, max_size=70))
def test_all_labels_are_legal_whatever_the_arguments_say(argv: list[str], group: str) -> None:
    settings = replace(SETTINGS, group=GroupName(group))
    made = manifest(spec(*argv, settings=settings))
    labels = {**made["metadata"]["labels"], **made["spec"]["template"]["metadata"]["labels"]}
    for key, value in labels.items():
        assert LABEL_KEY.fullmatch(key)
        assert LABEL_VALUE.fullmatch(value)
        assert len(value) <= 63
    assert group_selector(GroupName(group)) == f"caliban_xgroup={labels['caliban_xgroup']}"


@given(st.text(alphabet="$()aé", max_size=12))
def test_arguments_arrive_byte_for_byte(argument: str) -> None:
    assert expanded(*expansion_proof([argument])) == argument


def expanded(text: str) -> str:
    """What the kubelet makes of a text, where no variable is known."""
    done = bytearray()
    source, at = text.encode(), 0
    while at < len(source):
        if source[at : at + 1] != b"$" or at + 1 == len(source):
            done += source[at : at + 1]
            at += 1
        elif source[at + 1 : at + 2] == b"$":
            done += b"$"
            at += 2
        else:
            raise AssertionError("a dollar that would be looked at more closely")
    return done.decode()


def test_a_job_is_a_run_of_the_tracking_server() -> None:
    server = Tracking(MlflowConfig(tracking_uri="https://mlflow.example/$a"), GROUP)
    tracked = replace(SETTINGS, tracking=server)
    found = variables(manifest(spec("--lr", "0.1", name="tea-7", settings=tracked)))
    assert found["MLFLOW_TRACKING_URI"] == "https://mlflow.example/$$a"
    assert found["MLFLOW_EXPERIMENT_NAME"] == GROUP
    assert json.loads(found["MLFLOW_RUN_CONTEXT"])["mlflow.runName"] == "tea-7"


def test_a_tracking_server_that_the_person_names_for_the_pods_counts() -> None:
    server = Tracking(MlflowConfig(tracking_uri="https://mlflow.example"), GROUP)
    theirs = {"MLFLOW_TRACKING_URI": "http://mlflow.svc"}
    tracked = replace(SETTINGS, tracking=server, variables=theirs)
    found = variables(manifest(spec(settings=tracked)))
    assert found["MLFLOW_TRACKING_URI"] == "http://mlflow.svc"


def variables(job: dict[str, Any]) -> dict[str, str]:
    names = [one["name"] for one in container(job)["env"]]
    assert len(names) == len(set(names))
    return {one["name"]: one["value"] for one in container(job)["env"]}
