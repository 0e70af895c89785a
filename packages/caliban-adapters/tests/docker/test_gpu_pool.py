"""No two jobs have the same GPU, whichever commands start them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from caliban_adapters.docker.containers import GPUS_LABEL, JOB_LABEL
from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.gpu_pool import GpuPool
from caliban_domain.errors import PlatformError, SubmissionRejected
from caliban_domain.names import JobName

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.integration

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
_PREFIX = f"pool-test-{os.getpid()}"
# Of devices that no other test has, as the label is looked for on the whole engine.
DEVICES = [f"{_PREFIX}-{letter}" for letter in "abc"]
_numbers = count(1)


@pytest.fixture
def engine() -> Iterator["APIClient"]:
    with closing(connect()) as engine:
        yield engine
        for left in engine.containers(all=True, filters={"name": f"^/{_PREFIX}-"}):
            engine.remove_container(left["Id"], force=True)


@pytest.fixture
def pool(engine: "APIClient", tmp_path: Path) -> GpuPool:
    return GpuPool(engine, DEVICES, tmp_path / "state/lock")


def job() -> JobName:
    return JobName(f"{_PREFIX}-{next(_numbers)}")


def created(name: JobName, devices: tuple[str, ...]) -> None:
    labels = [f"{JOB_LABEL}={name}", f"{GPUS_LABEL}={','.join(devices)}"]
    options = [word for label in labels for word in ("--label", label)]
    docker("create", "--init", "--name", name, *options, BASE, "sleep", "600")


def docker(*words: str) -> None:
    subprocess.run(["docker", *words], capture_output=True, check=True)


def test_devices_of_other_jobs_are_not_lent_until_they_have_ended(pool: GpuPool) -> None:
    one, two = job(), job()
    with pool.lent(2, one) as devices:
        created(one, devices)
    assert devices == tuple(DEVICES[:2])
    docker("start", one)
    with pool.lent(1, two) as others:
        created(two, others)
    assert others == (DEVICES[2],)
    docker("kill", one)
    with pool.lent(2, job()) as again:
        assert again == devices


def test_whoever_finds_too_few_devices_waits_for_more(pool: GpuPool) -> None:
    holder = job()
    with pool.lent(3, holder) as devices:
        created(holder, devices)
    lent: list[tuple[str, ...]] = []

    def borrow() -> None:
        with pool.lent(1, job()) as borrowed:
            lent.append(borrowed)

    waiting = Thread(target=borrow)
    waiting.start()
    waiting.join(timeout=0.5)
    assert lent == []
    docker("rm", "--force", holder)
    waiting.join()
    assert lent == [(DEVICES[0],)]


def test_a_container_that_was_never_started_does_not_keep_its_job_waiting(pool: GpuPool) -> None:
    name = job()
    with pool.lent(3, name) as devices:
        created(name, devices)
    with pool.lent(3, name) as again:
        assert again == devices


def test_more_devices_than_there_are_will_never_be_free(pool: GpuPool) -> None:
    with pytest.raises(SubmissionRejected, match="needs 4 GPUs; there are 3"), pool.lent(4, job()):
        pass


def test_a_lock_that_cannot_be_written_is_told(engine: "APIClient", tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    pool = GpuPool(engine, DEVICES, tmp_path / "file/lock")
    with pytest.raises(PlatformError, match="can't be written"), pool.lent(1, job()):
        pass
