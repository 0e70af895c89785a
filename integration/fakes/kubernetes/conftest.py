"""Kubernetes' own client, led to the fake of the test."""

from collections.abc import Iterator

import pytest

from fakes.kubernetes.clients import Client
from fakes.kubernetes.server import Cluster


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Client]:
    """The client of somebody who may do everything."""
    with Client(cluster.kubeconfig) as client:
        yield client
