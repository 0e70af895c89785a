"""The whole way of a sweep to a cluster, through the CLI: built, pushed, pulled by digest, run.

Pods run on this machine's engine, or on a real cluster: ``CALIBAN_TEST_KUBECONFIG`` leads there,
and ``CALIBAN_TEST_REPOSITORY`` names where this machine pushes to and its nodes pull from.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Final

import pytest

from docker_node import docker_node
from fakes.kubernetes.server import serve
from kubernetes_play import REAL, RULES
from registry_server import is_installed, registry_server
from workplace import Workplace

pytestmark = pytest.mark.integration

_REPOSITORY: Final = os.environ.get("CALIBAN_TEST_REPOSITORY")
_ODD: Final = ["$(HOME) $$ %s", "a\nb", "'\"\\ *", "é ☃", "--", ""]
_TRAIN: Final = """\
import sys, time
print("given", ascii(sys.argv[1:]), flush=True)
rate = sys.argv[sys.argv.index("--rate") + 1]
if rate == "0.3":
    raise ValueError("too fast")
if rate == "0":
    time.sleep(600)
"""
_MENDED: Final = _TRAIN.replace('rate == "0.3"', "False")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A kubeconfig that leads to it, and the repository that its nodes pull from."""
    if REAL:
        if not _REPOSITORY:
            pytest.skip("CALIBAN_TEST_REPOSITORY has to name a repository that the nodes reach")
        yield Path(REAL), _REPOSITORY
        return
    if not is_installed():
        pytest.skip("no docker-registry; see scripts/test-tools")
    with ExitStack() as stack:
        fake = stack.enter_context(serve(tmp_path_factory.mktemp("cluster")))
        registry = stack.enter_context(registry_server())
        stack.enter_context(docker_node(fake))
        token = fake.add_account("research", "caliban", RULES)
        yield fake.kubeconfig_for(token), f"{registry.host}/lab"


@pytest.fixture
def place(cluster: tuple[Path, str], workplace: Workplace) -> Iterator[Workplace]:
    kubeconfig, _ = cluster
    there = replace(workplace, environment={"KUBECONFIG": str(kubeconfig)})
    there.write({"train.py": _TRAIN, "sweep.json": '{"rate": [0.1, 0.2, 0.3]}'})
    yield there
    there.caliban("stop", "--yes")


@pytest.fixture
def submit(cluster: tuple[Path, str]) -> tuple[str, ...]:
    _, repository = cluster
    group = f"caliban-test-{token_hex(4)}"
    where = ("--xgroup", group, "--image_repository", repository)
    # A real cluster is left as it was found, an hour later.
    return ("cluster", "job", "submit", "--nogpu", *where, "--ttl", "3600")


def ends(place: Workplace) -> list[tuple[str, int | None]]:
    """How all jobs have ended, in their order, once each has."""
    jobs = sorted(place.jobs(), key=lambda job: job["job"])
    for job in jobs:
        place.caliban("logs", "--follow", str(job["job"])).expect(0)
    jobs = sorted(place.jobs(), key=lambda job: job["job"])
    return [(job["status"], job["exit_code"]) for job in jobs]


@pytest.mark.parametrize("together", [(), ("--indexed",)], ids=["one by one", "indexed"])
def test_a_sweep_is_run_told_of_and_mended(
    place: Workplace, submit: tuple[str, ...], together: tuple[str, ...]
) -> None:
    sweep = ("--experiment_config", "sweep.json", "train.py")
    place.caliban(*submit, *together, *sweep).expect(0)
    assert ends(place) == [("SUCCEEDED", 0), ("SUCCEEDED", 0), ("FAILED", 1)]
    assert place.caliban("logs", "2").expect(0).stdout == "given ['--rate', '0.2']\n"
    assert "ValueError: too fast" in place.caliban("why", "3").expect(0).stdout

    place.write({"train.py": _MENDED})
    place.caliban("resubmit", "--xgroup", submit[5], "--yes").expect(0)
    assert ends(place)[3:] == [("SUCCEEDED", 0)]
    first, *_, last = sorted(place.jobs(), key=lambda job: job["job"])
    assert first["image"] != last["image"]


def test_each_index_gets_its_own_arguments_whatever_they_hold(
    place: Workplace, submit: tuple[str, ...]
) -> None:
    place.write({"sweep.json": json.dumps({"rate": 1, "odd": _ODD})})
    sweep = ("--experiment_config", "sweep.json", "train.py")
    place.caliban(*submit, "--indexed", *sweep, "--", "-x", "$(USER)").expect(0)
    assert set(ends(place)) == {("SUCCEEDED", 0)}
    for number, odd in enumerate(_ODD, start=1):
        given = ascii(["-x", "$(USER)", "--rate", "1", "--odd", odd])
        assert place.caliban("logs", str(number)).stdout == f"given {given}\n"


def test_a_job_that_runs_is_heard_and_stopped(place: Workplace, submit: tuple[str, ...]) -> None:
    place.caliban(*submit, "train.py", "--", "--rate", "0").expect(0)
    with place.start("logs", "--follow", "1") as following:
        assert following.stdout
        assert following.stdout.readline() == "given ['--rate', '0']\n"
        assert [job["status"] for job in place.jobs()] == ["RUNNING"]
        place.caliban("stop", "--xgroup", submit[5], "--yes").expect(0)
        assert following.wait(60) == 0
    assert [job["status"] for job in place.jobs()] == ["STOPPED"]
