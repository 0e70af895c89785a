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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults import FAULTS, Fault, Scene
from private_engine import PrivateEngine
from workplace import Workplace

pytestmark = pytest.mark.integration

_EXPERIMENTS = 4
_SCRIPT = "import time\ntime.sleep(0.3)\n"
_ENDS = {"SUCCEEDED", "FAILED", "STOPPED", "LOST"}
_MOMENTS = 3.0  # seconds in which such a sweep has ended


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateEngine]:
    if os.getuid():
        pytest.skip("an engine that may be killed needs root")
    # A socket's path may have 107 bytes only, so the folder's name is short.
    with PrivateEngine(tmp_path_factory.mktemp("e")) as engine:
        engine.load_base_image()
        yield engine


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_sweep_survives(
    fault: Fault,
    engine: PrivateEngine,
    tmp_path: Path,
    tried: Counter[str],
    pytestconfig: pytest.Config,
) -> None:
    deadline = time.monotonic() + pytestconfig.getoption("fault_seconds") / len(FAULTS)
    for seed in itertools.count(pytestconfig.getoption("fault_seed")):
        scene = _scene(tmp_path / str(seed), engine, group=f"{fault.__name__}-{seed}")
        _go_through(fault, scene, random.Random(f"{fault.__name__} {seed}"))
        tried.update([fault.__name__])
        if time.monotonic() > deadline:
            break


def _scene(folder: Path, engine: PrivateEngine, *, group: str) -> Scene:
    workplace = Workplace(
        project=folder / "project",
        home=folder / "home",
        environment={"DOCKER_HOST": engine.host},
    )
    workplace.project.mkdir(parents=True)
    workplace.home.mkdir()
    points = ", ".join(map(str, range(_EXPERIMENTS)))
    workplace.write({"train.py": _SCRIPT, "sweep.json": f'{{"point": [{points}]}}'})
    return Scene(engine=engine, workplace=workplace, group=group)


def _go_through(fault: Fault, scene: Scene, chance: random.Random) -> None:
    fault(scene, chance.uniform(0, _MOMENTS))
    # What was asked of the engine just before may still happen: it starts a last container.
    for _ in range(2):
        for container in scene.containers(running=True):
            scene.engine.docker("wait", container)
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
    assert succeeded == dict.fromkeys(range(1, _EXPERIMENTS + 1), 1)
    assert all(life.starts == 1 for life in scene.lives().values())
    assert scene.containers() == []
