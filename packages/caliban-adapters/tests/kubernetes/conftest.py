from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.manifest import plan
from caliban_adapters.kubernetes.platform import Kubernetes
from kubernetes_jobs import SETTINGS
from kubernetes_stub import Stub, kubeconfig, kubernetes_stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    with kubernetes_stub() as stub:
        yield stub


@pytest.fixture
def places(stub: Stub, tmp_path: Path) -> Places:
    (tmp_path / "config").write_text(kubeconfig(stub.host))
    return Places(variables={"KUBECONFIG": str(tmp_path / "config")}, home=tmp_path)


@pytest.fixture
def said() -> list[str]:
    """What the platform tells the person."""
    return []


@pytest.fixture
def platform(places: Places, said: list[str]) -> Iterator[Kubernetes]:
    """A platform that doesn't wait between attempts."""
    planned = partial(plan, settings=SETTINGS)
    connecting = partial(connect, places, sleep=lambda _: None)
    with Kubernetes(
        connecting, planned, by="ada", sleep=lambda _: None, say=said.append
    ) as platform:
        yield platform
