from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.listing import Listing
from caliban_adapters.kubernetes.platform import Kubernetes
from kubernetes_jobs import HERE, spec
from kubernetes_stub import Stub


def listing(places: Places) -> Listing:
    return Listing(connect(places, HERE, sleep=lambda _: None), HERE)


def test_jobs_are_listed_with_their_states(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    for name in ("tea-1", "tea-2"):
        platform.submit(spec(name=name))
    stub.end("tea-1", exit_code=1)
    stub.job("tea-2")["status"] = {"active": 1, "ready": 1}
    states = {row["name"]: row["status"] for row in listing(places).jobs()}
    assert states == {"tea-1": "FAILED", "tea-2": "RUNNING"}


def test_pods_are_listed_with_what_they_wait_for(
    platform: Kubernetes, places: Places, stub: Stub
) -> None:
    platform.submit(spec())
    stub.add_pod("tea-1", "Pending", {"waiting": {"reason": "ErrImagePull"}})
    (row,) = listing(places).pods()
    assert row["phase"] == "Pending"
    assert "can't be pulled" in row["reason"]


def test_nodes_are_counted_by_pool_and_hardware(places: Places, stub: Stub) -> None:
    labels = {
        "cloud.google.com/gke-nodepool": "gpus",
        "node.kubernetes.io/instance-type": "g2-standard-8",
        "cloud.google.com/gke-accelerator": "nvidia-l4",
    }
    for name in ("a", "b"):
        stub.objects["nodes", name] = {
            "metadata": {"name": name, "labels": labels},
            "status": {"capacity": {"cpu": "8", "nvidia.com/gpu": "1"}},
        }
    (row,) = listing(places).node_pools()
    assert row == {
        "name": "gpus",
        "machine_type": "g2-standard-8",
        "accelerators": "1xnvidia-l4",
        "nodes": "2",
    }
