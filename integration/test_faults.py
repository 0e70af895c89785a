"""Whatever happens to a sweep: afterwards the history is true, and the same command finishes it.

Each round runs a sweep, lets one fault happen at a random moment, and then looks. The rounds are
seeded; ``--fault_seconds`` says how long to go on, ``--fault_seed`` where to begin.
"""

import itertools
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faults import FAULTS, SHARED_HISTORY_FAULTS, Fault, Scene, caliban_is_killed
from postgres_server import PostgresServer
from private_engine import PrivateEngine
from workplace import Workplace

pytestmark = pytest.mark.integration

_EXPERIMENTS = 6  # more than have a network of their own
_SCRIPT = "import time\ntime.sleep(0.3)\n"
_ENDLESS = "import time\ntime.sleep(600)\n"
_ENDS = {"SUCCEEDED", "FAILED", "STOPPED", "LOST"}
_MOMENTS = 4.0  # seconds in which such a sweep has ended

Scenes = Callable[..., Scene]
Rounds = Callable[..., None]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateEngine]:
    if os.getuid():
        pytest.skip("an engine that may be killed needs root")
    # A socket's path may have 107 bytes only, so the folder's name is short.
    with PrivateEngine(tmp_path_factory.mktemp("e")) as engine:
        engine.load_base_image()
        yield engine


@pytest.fixture
def scenes(engine: PrivateEngine, tmp_path: Path) -> Scenes:
    """Makes the scene of a round, in places of its own."""

    def scene(name: str, history: PostgresServer | None = None, **environment: str) -> Scene:
        workplace = Workplace(
            project=tmp_path / name / "project",
            home=tmp_path / name / "home",
            environment={"DOCKER_HOST": engine.host, **environment},
        )
        workplace.project.mkdir(parents=True)
        workplace.home.mkdir()
        points = ", ".join(map(str, range(_EXPERIMENTS)))
        workplace.write({"train.py": _SCRIPT, "sweep.json": f'{{"point": [{points}]}}'})
        return Scene(engine=engine, workplace=workplace, group=name, history=history)

    return scene


@pytest.fixture
def rounds(tried: Counter[str], pytestconfig: pytest.Config) -> Rounds:
    """Lets a fault happen in one scene after the other, as long as its share of time lasts."""
    share = pytestconfig.getoption("fault_seconds") / len((*FAULTS, *SHARED_HISTORY_FAULTS))
    first_seed = pytestconfig.getoption("fault_seed")

    def go_on(
        fault: Fault, scene_of: Callable[[int], Scene], then: Callable[[Scene], None] = _resume
    ) -> None:
        deadline = time.monotonic() + share
        for seed in itertools.count(first_seed):
            scene, chance = scene_of(seed), random.Random(f"{fault.__name__} {seed}")
            fault(scene, chance.uniform(0, _MOMENTS))
            then(scene)
            tried.update([fault.__name__])
            if time.monotonic() > deadline:
                break

    return go_on


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_sweep_survives(fault: Fault, scenes: Scenes, rounds: Rounds) -> None:
    rounds(fault, lambda seed: scenes(f"{fault.__name__}-{seed}"))


@pytest.mark.parametrize("fault", SHARED_HISTORY_FAULTS, ids=lambda fault: fault.__name__)
def test_a_sweep_in_a_shared_history_survives(
    fault: Fault, scenes: Scenes, rounds: Rounds, postgres: PostgresServer, empty_postgres: str
) -> None:
    def scene(seed: int) -> Scene:
        return scenes(f"shared-{fault.__name__}-{seed}", postgres, CALIBAN_DB_URL=empty_postgres)

    rounds(fault, scene)


def test_stopping_what_a_killed_command_left_leaves_no_container(
    scenes: Scenes, rounds: Rounds
) -> None:
    def scene(seed: int) -> Scene:
        scene = scenes(f"stopped-{seed}")
        scene.workplace.write({"train.py": _ENDLESS})
        return scene

    rounds(caliban_is_killed, scene, _stop)


def _stop(scene: Scene) -> None:
    stopped = scene.workplace.caliban("stop", "--yes", "--grace", "0", "--xgroup", scene.group)
    # Where the fault came first, there is nothing to stop, or not even a group.
    assert stopped.exit_code in {0, 2, 3}, stopped.stderr
    assert scene.engine.containers() == []
    _assert_told_truly(scene)
    if stopped.exit_code == 0:
        jobs = scene.workplace.jobs("--xgroup", scene.group)
        assert {job["status"] for job in jobs} <= _ENDS


def _resume(scene: Scene) -> None:
    # What was asked of the engine just before may still happen: it starts a last container.
    for _ in range(2):
        scene.engine.await_ends()
        _assert_told_truly(scene)
    # A container that an engine was killed over can't be started: its experiment needs another.
    if scene.sweep().exit_code:
        scene.sweep().expect(0)
    _assert_done(scene)


def _assert_told_truly(scene: Scene) -> None:
    status = scene.workplace.caliban("status", "--xgroup", scene.group, "--format", "json")
    lives = scene.lives()
    if status.exit_code == 2:
        assert not lives, f"something ran that the history doesn't know: {lives}"
        return
    jobs: list[dict[str, Any]] = json.loads(status.expect(0).stdout)["jobs"]
    assert len({job["experiment"] for job in jobs}) == _EXPERIMENTS
    assert lives.keys() <= {job["name"] for job in jobs}
    for job in jobs:
        life = lives.get(job["name"])
        assert life is None or life.starts == 1, f"{job['name']} ran twice"
        match job["status"]:
            case "PLANNED":
                assert life is None
            case "SUCCEEDED":
                assert life
                assert life.exit_codes in ([0], []), "it didn't succeed"
            case "RUNNING":
                assert life
            case "FAILED":
                # An engine that was killed may have forgotten an end that it told of.
                assert not life or life.exit_codes != [0] or scene.engine.was_killed
            case status:
                assert status in {"STOPPED", "LOST"}


def _assert_done(scene: Scene) -> None:
    jobs = scene.workplace.jobs("--xgroup", scene.group)
    succeeded = Counter(job["experiment"] for job in jobs if job["status"] == "SUCCEEDED")
    assert {job["status"] for job in jobs} <= _ENDS
    assert list(succeeded.values()) == [1] * _EXPERIMENTS
    assert all(life.starts == 1 for life in scene.lives().values())
    assert scene.engine.containers() == []
