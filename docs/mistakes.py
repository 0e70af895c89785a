"""Mistakes that people make, by subject: each a command, and the files that it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Mistake:
    """A line of shell, and the files of the project in which it is typed beside train.py."""

    command: str
    files: Mapping[str, str] = field(default_factory=dict)


def _sweep(text: str) -> Mistake:
    command = "caliban run --nogpu --experiment_config sweep.json train.py"
    return Mistake(command, {"sweep.json": text})


def _config(text: str) -> Mistake:
    return Mistake("caliban run --nogpu --dry_run train.py", {".calibanconfig.json": text})


def _job(text: str) -> Mistake:
    return Mistake("caliban cluster job submit_file job.yaml", {"job.yaml": text})


MISTAKES: Final[Mapping[str, tuple[Mistake, ...]]] = {
    "Commands and flags": (
        Mistake("caliban rum train.py"),
        Mistake("caliban run --gpus 2 train.py"),
        Mistake("caliban run --nogpu"),
        Mistake("caliban run --nogpu train.py --parallel 2"),
        Mistake("caliban run --nogpu --parallel 0 train.py"),
        Mistake("caliban run --nogpu --retries 0 train.py"),
        Mistake("caliban run --nogpu --retry_on exit:one --retries 1 train.py"),
        Mistake("caliban run --nogpu --max_failures 120% train.py"),
        Mistake("caliban run --nogpu --memory 8 train.py"),
        Mistake("caliban run --nogpu --flagfile mine.flags train.py"),
    ),
    "Scripts and directories": (
        Mistake("caliban run --nogpu trian.py"),
        Mistake("caliban run --nogpu trainer.evaluate"),
        Mistake("caliban run --nogpu ../train.py"),
        Mistake("caliban run --nogpu train.py", {".dockerignore": "*.py\n"}),
        Mistake("caliban run --nogpu -d data train.py"),
        Mistake("caliban run --nogpu -d .. train.py"),
    ),
    "Sweeps": (
        Mistake("caliban run --nogpu --experiment_config sweep.json train.py"),
        _sweep(""),
        _sweep('{"rate": [0.1, 0.2]'),
        _sweep('{"rate": [0.1,\n 0.2 0.3]}'),
        _sweep('"rate"'),
        _sweep('{"rate": {"from": 0, "to": 1}}'),
        _sweep('{"rate": [0.1], "--rate": [0.2]}'),
        _sweep('{"[rate, size]": [[0.1, 8], [0.2]]}'),
        _sweep('{"rate": []}'),
        _sweep('{"rate": NaN}'),
    ),
    "Settings of a project": (
        _config('{"base_image": }'),
        _config('{"base_images": "python:3.12"}'),
        _config('{"default_mode": "tpu", "apt_packages": "git"}'),
        _config('{"base_image": "dlvm:pytorch-gpu-1.4"}'),
        _config('{"base_image": {"gpu": "nvidia/cuda:12"}}'),
        Mistake("caliban run --nogpu --cloud_key key.json train.py"),
        Mistake("caliban run --nogpu --cloud_key key.json train.py", {"key.json": "{}"}),
    ),
    "Machines of Google Cloud": (
        Mistake("caliban cloud train.py"),
        Mistake("caliban cloud --project_id my-project --gpu_spec L4 train.py"),
        Mistake("caliban cloud --project_id my-project --gpu_spec 2xP100 train.py"),
        Mistake("caliban cloud --project_id my-project --gpu_spec 3xL4 train.py"),
        Mistake("caliban cloud --project_id my-project --gpu_spec 1xL5 train.py"),
        Mistake(
            "caliban cloud --project_id my-project --gpu_spec 2xL4 "
            "--machine_type n1-standard-8 train.py"
        ),
        Mistake("caliban cloud --project_id my-project --machine_type e2-standard-4 train.py"),
        Mistake("caliban cloud --project_id my-project --region us-centre1 train.py"),
        Mistake("caliban cloud --project_id my-project --tpu_spec 3xV6E train.py"),
        Mistake("caliban cloud --project_id my-project --tpu_spec 32xV2 --spot train.py"),
        Mistake("caliban cloud --project_id my-project --nogpu --network default train.py"),
        Mistake("caliban cloud --project_id my-project --nogpu --label team train.py"),
    ),
    "Clusters": (
        Mistake("caliban cluster job submit --nogpu --context moon train.py"),
        Mistake("caliban cluster job submit --nogpu --namespace My_Team train.py"),
        Mistake("caliban cluster job submit --nogpu --export job.yaml --min_cpu lots train.py"),
        Mistake("caliban cluster job submit --nogpu --secret_env TOKEN train.py"),
        Mistake("caliban cluster job submit_file job.yaml"),
        _job("kind: Pod\n"),
        _job("kind: Job\n---\nkind: Job\n"),
        _job("kind: [\n"),
    ),
    "Jobs, groups and the history": (
        Mistake("caliban status --xgroup nights"),
        Mistake("caliban logs 12"),
        Mistake("caliban why nights"),
        Mistake("caliban stop --state DONE"),
        Mistake("caliban resubmit --xgroup nights"),
        Mistake("caliban resubmit --xgroup nights --yes"),
        Mistake("CALIBAN_DB_URL=mysql://db/caliban caliban status"),
        Mistake("CALIBAN_DB_URL=postgresql://localhost:1/caliban caliban status"),
    ),
    "Shells and notebooks": (
        Mistake("caliban notebook --nogpu --port 80000"),
        Mistake("caliban shell --nogpu --docker_run_args '-v \"$PWD'"),
    ),
    "Docker": (
        Mistake("DOCKER_HOST=tcp://localhost:1 caliban run train.py"),
        Mistake("caliban run --nogpu --docker_run_args '--name digits' train.py"),
        Mistake("caliban run --nogpu --docker_run_args '--memroy 2g' train.py"),
    ),
}
