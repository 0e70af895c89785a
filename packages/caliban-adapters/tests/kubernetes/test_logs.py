from functools import partial

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.logs import Reading
from caliban_adapters.kubernetes.platform import Kubernetes
from kubernetes_jobs import HERE, spec
from kubernetes_stub import Stub


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
