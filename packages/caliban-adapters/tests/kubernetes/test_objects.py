from dataclasses import replace

import pytest

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.failures import Refused
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.objects import Objects
from caliban_domain.jobs import JobSpec
from kubernetes_jobs import HERE, SETTINGS, spec
from kubernetes_stub import Stub, Thing

SWEEP = replace(SETTINGS, indexed=True)


def with_kueue(asked: str) -> tuple[int, Thing] | None:
    told = {"kind": "APIGroup", "preferredVersion": {"version": "v1beta1"}}
    return (200, told) if asked.endswith("/apis/kueue.x-k8s.io") else None


@pytest.fixture
def objects(places: Places) -> Objects:
    return Objects(connect(places, HERE, sleep=lambda _: None), HERE)


def sweep() -> list[JobSpec]:
    return [spec(str(number), name=f"tea-{number}", settings=SWEEP) for number in range(3)]


def test_a_sweep_is_created_once_however_often_it_is_asked_for(
    objects: Objects, stub: Stub
) -> None:
    assert objects.create_sweep(sweep()) == objects.create_sweep(sweep())
    assert len(stub.objects) == 2


def test_the_arguments_of_a_sweep_belong_to_its_job(objects: Objects, stub: Stub) -> None:
    objects.create_sweep(sweep())
    (found,) = [thing for (kind, _), thing in stub.objects.items() if kind == "configmaps"]
    (owner,) = found["metadata"]["ownerReferences"]
    assert owner["uid"] == stub.job(owner["name"])["metadata"]["uid"]


def test_a_sweep_is_shown_to_the_cluster_as_it_will_be(objects: Objects, stub: Stub) -> None:
    shown: list[Thing] = []
    stub.look = shown.append
    objects.check(sweep()[0])
    assert [thing["kind"] for thing in shown] == ["ConfigMap", "Job"]
    assert shown[1]["spec"]["completionMode"] == "Indexed"
    assert not stub.objects


def test_a_queue_that_its_namespace_has_not_is_told(objects: Objects, stub: Stub) -> None:
    absent = (404, {"message": 'localqueues.kueue.x-k8s.io "night" not found'})
    stub.answers.append(lambda asked: absent if "localqueues" in asked else with_kueue(asked))
    with pytest.raises(Refused, match="namespace research has no queue night"):
        objects.check(spec(settings=replace(SETTINGS, queue="night")))


def test_a_queue_is_looked_for_where_its_kueue_keeps_it(objects: Objects, stub: Stub) -> None:
    stub.answers += [with_kueue, lambda asked: (200, {}) if "/v1beta1/" in asked else None]
    objects.check(spec(settings=replace(SETTINGS, queue="night")))


def test_a_queue_that_may_not_be_looked_at_is_taken_to_exist(objects: Objects, stub: Stub) -> None:
    forbidden = (403, {"message": "localqueues is forbidden"})
    stub.answers.append(lambda asked: forbidden if "localqueues" in asked else with_kueue(asked))
    objects.check(spec(settings=replace(SETTINGS, queue="night")))


def test_what_is_gone_can_be_stopped_and_deleted_again(objects: Objects) -> None:
    objects.suspend("moon", "ada")
    objects.delete("moon")
    assert objects.going_on("moon") == 0


def test_a_job_that_ended_just_before_it_was_stopped_was_stopped_by_nobody(
    objects: Objects, stub: Stub
) -> None:
    objects.create(spec())
    stub.end("tea-1", exit_code=3)
    objects.suspend("tea-1", "ada")
    assert not stub.job("tea-1")["metadata"]["annotations"]["caliban.stopped-by"]
