from caliban_adapters.kubernetes.pods import end_of, waiting_reason

from .pods import STARTED, disrupted, ended, pod, waiting


def test_a_pod_that_gave_way_to_another_says_so() -> None:
    preempted = ended(143, conditions=[disrupted("PreemptionByScheduler")])
    assert end_of([preempted]) == (143, "a more important pod took its place")


def test_a_pod_without_a_node_says_why_there_is_none() -> None:
    message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
    condition = {"type": "PodScheduled", "status": "False", "message": message}
    assert waiting_reason(pod("Pending", conditions=[condition])) == f"no node for it: {message}"


def test_a_word_that_nobody_knows_is_passed_on() -> None:
    assert waiting_reason(waiting("MoonNotFull")) == "MoonNotFull"


def test_an_evicted_pod_says_so() -> None:
    evicted = {"metadata": {}, "status": {"phase": "Failed", "reason": "Evicted"}}
    assert end_of([evicted]) == (None, "its node evicted it")


def test_of_several_pods_the_last_one_tells_the_end() -> None:
    first = ended(1)
    first["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"] = STARTED
    assert end_of([ended(2), first]) == (2, None)
