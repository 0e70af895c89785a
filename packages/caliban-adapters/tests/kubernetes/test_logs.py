from dataclasses import replace
from functools import partial

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.logs import Reading
from caliban_adapters.kubernetes.platform import Kubernetes
from kubernetes_jobs import HERE, SETTINGS, spec
from kubernetes_stub import BUSY, Stub


def reading(places: Places, stub: Stub, then: partial[None]) -> Reading:
    """A reading of which the first pause lets something happen."""

    def sleep(_: float) -> None:
        if not stub.job("tea-1")["status"]:
            then()

    return Reading(connect(places, HERE, sleep=sleep), HERE, ("tea-1", None), sleep)


def test_a_log_is_followed_from_before_the_start_to_the_last_word(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    platform.submit(spec())
    end = partial(stub.end, "tea-1", log=b"one\ntwo")
    assert b"".join(reading(places, stub, end).followed()) == b"one\ntwo"


def test_a_log_whose_connection_breaks_goes_on_where_it_was(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    platform.submit(spec())
    stub.run("tea-1", log=b"one\n")

    def end() -> None:
        (name,) = stub.logs
        stub.logs[name] = b"one\ntwo\n"
        stub.objects["pods", name]["status"]["phase"] = "Succeeded"
        done = {"type": "Complete", "status": "True"}
        stub.job("tea-1")["status"] = {"conditions": [done]}

    assert b"".join(reading(places, stub, partial(end)).followed()) == b"one\ntwo\n"


def test_a_job_that_waits_in_a_queue_is_waited_for(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    platform.submit(spec(settings=replace(SETTINGS, queue="night")))

    def start() -> None:
        stub.job("tea-1")["spec"]["suspend"] = False
        stub.end("tea-1", log=b"one\n")

    assert b"".join(reading(places, stub, partial(start)).followed()) == b"one\n"


def test_a_job_that_is_stopped_while_it_waits_is_waited_for_no_longer(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    platform.submit(spec(settings=replace(SETTINGS, queue="night")))
    stopped = {"annotations": {"caliban.stopped-by": "ada"}}
    then = partial(stub.job("tea-1")["metadata"].update, stopped)
    assert b"".join(reading(places, stub, then).followed()) == b""


def test_a_cluster_that_is_busy_is_asked_for_a_log_again(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    platform.submit(spec())
    stub.end("tea-1", log=b"one\n")
    stub.faults[len(stub.asked) + 2] = BUSY
    assert b"".join(reading(places, stub, partial(print)).written()) == b"one\n"
