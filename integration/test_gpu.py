"""What the engine is asked for when jobs want GPUs, as no test machine is sure to have any."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recording_engine import RecordingEngine, recording_engine
from workplace import Finished, Workplace

pytestmark = pytest.mark.integration

_ALL = {"Driver": "", "Count": -1, "Capabilities": [["gpu"]]}
_FOUR = '{"point": [1, 2, 3, 4]}'
_SLEEP = "import time; time.sleep(1)"


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingEngine]:
    with recording_engine(tmp_path_factory.mktemp("g") / "engine.sock") as engine:
        yield engine


@pytest.fixture
def equipped(workplace: Workplace, engine: RecordingEngine) -> Workplace:
    """A workplace whose engine has GPUs, as it seems, of which a person may use two."""
    workplace.write({"train.py": _SLEEP})
    environment = {"DOCKER_HOST": engine.host, "CUDA_VISIBLE_DEVICES": f"{_mine(engine, 'a,b')}"}
    return replace(workplace, environment=environment)


def _mine(engine: RecordingEngine, names: str) -> str:
    """Names of devices that no other test uses: the engine remembers who has which."""
    folder = Path(engine.host).parent.name
    return ",".join(f"{folder}{name}" for name in names.split(","))


def _sweep(place: Workplace, group: str, *flags: str, points: str = _FOUR) -> Finished:
    words = ("run", "--xgroup", group, "--experiment_config", "-", *flags, "train.py")
    return place.caliban(*words, stdin=points)


def _devices(engine: RecordingEngine) -> list[str]:
    """The one device that each job was given."""
    requests: list[dict[str, Any]] = [request for (request,) in engine.device_requests]
    assert all(request["Capabilities"] == [["gpu"]] for request in requests)
    assert not any(request.get("Count") for request in requests)
    return [device for request in requests for device in request["DeviceIDs"]]


def test_by_default_a_job_sees_every_gpu(
    equipped: Workplace, engine: RecordingEngine, group: str
) -> None:
    equipped.caliban("run", "--xgroup", group, "train.py").expect(0)

    assert engine.device_requests == [[_ALL]]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ((), {"Count": -1, "DeviceIDs": None}),
        (("--docker_run_args", "--gpus device=0"), {"Count": 0, "DeviceIDs": ["0"]}),
    ],
    ids=["default", "chosen"],
)
def test_so_does_a_shell_unless_one_is_chosen(
    equipped: Workplace, engine: RecordingEngine, flags: tuple[str, ...], wanted: dict[str, Any]
) -> None:
    equipped.caliban("shell", *flags, stdin="exit 3\n").expect(3)

    ((request,),) = engine.device_requests
    assert request["Capabilities"] == [["gpu"]]
    assert wanted.items() <= request.items()


def test_on_the_cpu_none_is_asked_for(
    equipped: Workplace, engine: RecordingEngine, group: str
) -> None:
    equipped.caliban("run", "--nogpu", "--xgroup", group, "train.py").expect(0)

    assert engine.device_requests == [[]]


@pytest.mark.parametrize("way", [(), ("--docker_run_args", "--env A=b")], ids=["engine", "client"])
def test_jobs_that_run_at_a_time_have_gpus_of_their_own_and_hand_them_on(
    equipped: Workplace, engine: RecordingEngine, group: str, way: tuple[str, ...]
) -> None:
    _sweep(equipped, group, "--parallel", "2", "--gpus_per_job", "1", *way).expect(0)

    used = _devices(engine)
    assert len(used) == 4
    assert set(used[:2]) == set(_mine(engine, "a,b").split(","))
    assert set(used) == set(used[:2])


def test_a_job_may_have_several(equipped: Workplace, engine: RecordingEngine, group: str) -> None:
    _sweep(equipped, group, "--gpus_per_job", "2", points='{"point": [1]}').expect(0)

    assert _devices(engine) == _mine(engine, "a,b").split(",")


def test_arguments_for_docker_run_win(
    equipped: Workplace, engine: RecordingEngine, group: str
) -> None:
    args = ("--gpus_per_job", "1", "--parallel", "4", "--docker_run_args", "--gpus device=0")
    _sweep(equipped, group, *args, points='{"point": [1, 2]}').expect(0)

    assert _devices(engine) == ["0", "0"]


def test_a_repeated_job_has_as_many_gpus(
    equipped: Workplace, engine: RecordingEngine, group: str
) -> None:
    _sweep(equipped, group, "--gpus_per_job", "1", points='{"point": [1]}').expect(0)
    equipped.caliban("resubmit", "--all_jobs", "--yes", "--xgroup", group).expect(0)

    assert _devices(engine) == [_mine(engine, "a")] * 2


def test_more_jobs_than_gpus_are_refused_before_anything_is_built(
    equipped: Workplace, engine: RecordingEngine, group: str
) -> None:
    ran = _sweep(equipped, group, "--parallel", "3", "--gpus_per_job", "1").expect(2)

    assert "need 3 GPUs, and there are 2" in ran.stderr
    assert "building" not in ran.stderr
    assert engine.created == []
    assert not equipped.state.exists()


def test_gpus_on_the_cpu_are_a_contradiction(equipped: Workplace, group: str) -> None:
    ran = _sweep(equipped, group, "--nogpu", "--gpus_per_job", "1").expect(2)

    assert "--gpus_per_job asks for GPUs" in ran.stderr
