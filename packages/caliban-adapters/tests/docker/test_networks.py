"""Networks that brief jobs hand on to each other, held by containers of the real engine."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from caliban_adapters.docker.engine import connect
from caliban_adapters.docker.networks import Networks
from caliban_adapters.docker.session_owner import owner
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobSpec
from caliban_domain.names import JobName

pytestmark = pytest.mark.integration

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
MINE = f"label=io.caliban.session-owner={owner()}"
HOLDERS = ("docker", "ps", "--all", "--quiet", "--filter", MINE)

# The first to close a connection, here the server, leaves its port busy where TIME_WAIT is kept.
_SERVER = """\
import socket
with socket.socket() as server:
    server.bind(("", 5000))
    server.listen()
    with socket.create_connection(("127.0.0.1", 5000)) as client:
        server.accept()[0].close()
        client.recv(1)
"""


class Clock:
    """Stands still unless it is moved on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def networks(tmp_path: Path, clock: Clock) -> Iterator[Networks]:
    networks = Networks(tmp_path / "networks", clock=clock)
    yield networks
    if left := holders():
        subprocess.run(["docker", "rm", "--force", *left], stdout=subprocess.DEVNULL, check=True)


def lend(networks: Networks, name: str, *, image: str = BASE) -> str | None:
    spec = JobSpec(name=JobName(name), image=ImageRef(image), payload={"command": ["true"]})
    with connect() as engine:
        return networks.lend(engine, spec)


def run(networks: Networks, clock: Clock, *, jobs: int, seconds: float) -> list[str | None]:
    """What so many jobs are lent that run one after the other, each for so long."""
    lent = []
    for number in range(jobs):
        lent.append(lend(networks, f"earlier-{number}"))
        clock.seconds += seconds
        networks.take_back(JobName(f"earlier-{number}"))
    return lent


def holders() -> list[str]:
    return subprocess.run(HOLDERS, capture_output=True, text=True, check=True).stdout.split()


def test_jobs_after_several_brief_ones_hand_one_network_on(
    networks: Networks, clock: Clock
) -> None:
    lent = run(networks, clock, jobs=7, seconds=1)
    assert lent[:4] == [None] * 4
    assert lent[4]
    assert lent[4:] == [lent[4]] * 3


def test_a_network_belongs_to_one_job_at_a_time(networks: Networks, clock: Clock) -> None:
    run(networks, clock, jobs=4, seconds=1)
    one, other = lend(networks, "one"), lend(networks, "other")
    assert one
    assert other
    assert one != other
    networks.take_back(JobName("one"))
    networks.take_back(JobName("one"))
    assert lend(networks, "third") == one
    assert lend(networks, "fourth") not in {None, one, other}


def test_long_jobs_have_their_own(networks: Networks, clock: Clock) -> None:
    assert run(networks, clock, jobs=8, seconds=10) == [None] * 8


def test_they_are_not_lent_where_they_are_not_wanted(tmp_path: Path, clock: Clock) -> None:
    networks = Networks(tmp_path, wanted=False, clock=clock)
    assert run(networks, clock, jobs=8, seconds=1) == [None] * 8


def test_nothing_is_left_of_them(networks: Networks, clock: Clock) -> None:
    run(networks, clock, jobs=5, seconds=1)
    lend(networks, "one")
    lend(networks, "other")
    assert networks.are_left
    assert len(holders()) == 2
    networks.take_back(JobName("one"))
    networks.take_back(JobName("other"))
    with connect() as engine:
        networks.close(engine)
    assert holders() == []
    assert not networks.are_left


def test_a_job_that_is_left_behind_keeps_its_network(networks: Networks, clock: Clock) -> None:
    """A command that gives up, such as over a lost history, lets running jobs go on."""
    run(networks, clock, jobs=4, seconds=1)
    lend(networks, "ended")
    left = lend(networks, "left behind")
    networks.take_back(JobName("ended"))
    with connect() as engine:
        networks.close(engine)
    assert left
    assert [left.startswith(holder) for holder in holders()] == [True]
    assert networks.are_left


def test_a_note_that_names_no_process_is_none(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "a_b_c_d_e").touch()
    assert not Networks(tmp_path).are_left


def test_a_killed_command_leaves_a_note_of_them(tmp_path: Path) -> None:
    """The next command removes what there is of them, and then the note."""
    notes = tmp_path / "networks"
    notes.mkdir()
    with subprocess.Popen(["sleep", "99"]) as process:
        name = str(owner(process.pid))
        (notes / name.replace("/", "_")).touch()
        assert not Networks(notes).are_left
        process.kill()
    left = Networks(notes)
    assert left.are_left
    with connect() as engine:
        left.close(engine)
    assert not any(notes.iterdir())


def test_without_a_place_for_notes_there_are_none(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").touch()
    networks = Networks(tmp_path / "file", clock=clock)
    assert run(networks, clock, jobs=6, seconds=1) == [None] * 6


def test_an_image_that_can_hold_none_is_asked_once(networks: Networks, clock: Clock) -> None:
    run(networks, clock, jobs=4, seconds=1)
    assert lend(networks, "a job", image="sha256:" + "0" * 64) is None
    assert lend(networks, "another") is None


def test_a_port_is_free_again_for_the_next_job(networks: Networks, clock: Clock) -> None:
    network = run(networks, clock, jobs=5, seconds=1)[-1]
    server = ("docker", "run", "--rm", "--network", f"container:{network}", BASE, "python3", "-c")
    for _ in range(2):
        finished = subprocess.run([*server, _SERVER], capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
