from pathlib import Path

import pytest

from caliban_adapters.kubernetes.connecting import find_place
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_domain.errors import UsageError
from kubernetes_stub import Stub


def test_a_place_is_named_after_its_namespace_and_context(places: Places) -> None:
    place = find_place(places, None, None, needed=True)
    assert place.title == "namespace research of cluster here"
    assert not place.on_gke


def test_a_cluster_of_gke_is_known_by_its_version(places: Places, stub: Stub) -> None:
    stub.version = "v1.35.2-gke.1001000"
    assert find_place(places, None, None, needed=True).on_gke


def test_nowhere_in_particular_will_do_where_nothing_is_sent(tmp_path: Path) -> None:
    nothing = Places(variables={}, home=tmp_path)
    assert find_place(nothing, None, None, needed=False).destination.namespace == "default"
    with pytest.raises(UsageError):
        find_place(nothing, None, None, needed=True)
    with pytest.raises(UsageError):
        find_place(nothing, "lab", None, needed=False)
