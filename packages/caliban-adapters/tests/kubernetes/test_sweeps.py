import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_validate import validate

from caliban_adapters.kubernetes.sweeps import (
    LARGEST,
    LAUNCHER,
    balanced,
    check,
    config_map,
    handle,
    indexed_job,
    line,
    names_in,
    object_name,
    owned_by,
    place,
    shards,
)
from caliban_domain.errors import UsageError
from caliban_domain.jobs import JobSpec
from caliban_domain.mlflow import MlflowConfig, Tracking
from caliban_domain.names import JobName
from kubernetes_jobs import GROUP, SETTINGS, spec

SWEEP = replace(SETTINGS, indexed=True, retries=2)
ARGUMENTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
) | st.sampled_from(["$(HOME)", "a\nb\n", "'", '"$n"', "\\n", "`id`", "-e", "é\x81\x88", "\r"])


def planned(*experiments: tuple[str, ...]) -> list[JobSpec]:
    return [
        spec(*argv, name=f"tea-{number}", settings=SWEEP) for number, argv in enumerate(experiments)
    ]


PRINT_ARGUMENTS = 'printf "%s\\0" "$CALIBAN_JOB" "$@"'
PRINT_RUN = 'printf "%s\\0" "$MLFLOW_TRACKING_URI" "$MLFLOW_RUN_CONTEXT"'


def executed(
    specs: list[JobSpec], index: int, tmp_path: Path, shell: str, program: str = PRINT_ARGUMENTS
) -> list[bytes]:
    """What a program finds when a shell executes what a pod of that index would."""
    (tmp_path / "sweep").write_text(config_map(specs)["data"]["sweep"], newline="")
    launcher = LAUNCHER.replace("/etc/caliban", str(tmp_path))
    words = [
        shell,
        "-c",
        launcher,
        "caliban",
        "sh",
        "-c",
        program,
        "x",
    ]
    environment = {**os.environ, "JOB_COMPLETION_INDEX": str(index)}
    done = subprocess.run(words, env=environment, capture_output=True, check=True)
    return done.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize("shell", [found for found in ("dash", "bash") if shutil.which(found)])
@given(experiments=st.lists(st.lists(ARGUMENTS, max_size=3).map(tuple), min_size=1, max_size=4))
def test_each_pod_gets_the_arguments_of_its_experiment_byte_for_byte(
    shell: str, experiments: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    specs = planned(*experiments)
    last = len(specs) - 1
    written = executed(specs, last, tmp_path_factory.mktemp("sweep"), shell)
    assert written == [f"tea-{last}".encode(), *(word.encode() for word in experiments[last])]


def test_an_index_without_an_experiment_fails(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        executed(planned(("a",)), 1, tmp_path, "sh")


def test_each_index_is_a_run_of_its_own(tmp_path: Path) -> None:
    server = Tracking(MlflowConfig(tracking_uri="https://mlflow.example"), GROUP)
    tracked = replace(SWEEP, tracking=server)
    words = ("--note", "it's $(HOME)\n")
    specs = [spec(*words, name=f"tea-{number}", settings=tracked) for number in range(2)]
    assert list(shards(specs)) == [specs]
    uri, context = executed(specs, 1, tmp_path, "sh", PRINT_RUN)
    assert uri == b"https://mlflow.example"
    tags = json.loads(context)
    assert (tags["mlflow.runName"], tags["param.note"]) == ("tea-1", words[1])


def test_both_objects_are_valid_in_the_schemas_of_kubernetes() -> None:
    specs = planned(("--a", "1"), ("--a", "2"))
    validate(indexed_job(specs), "1.36", strict=True)
    validate(config_map(specs), "1.36", strict=True)


def test_one_failure_does_not_end_the_others() -> None:
    job = indexed_job(planned(("1",), ("2",), ("3",)))["spec"]
    assert (job["completionMode"], job["completions"], job["parallelism"]) == ("Indexed", 3, 3)
    assert job["backoffLimitPerIndex"] == 2
    assert "backoffLimit" not in job


def test_so_many_run_at_a_time_as_asked() -> None:
    two = replace(SWEEP, parallel=2)
    specs = [spec(str(number), name=f"tea-{number}", settings=two) for number in range(5)]
    assert indexed_job(specs)["spec"]["parallelism"] == 2


def test_the_objects_of_a_sweep_share_how_many_run_at_a_time() -> None:
    eight = replace(SWEEP, parallel=8)
    specs = [spec("x" * 300_000, name=f"tea-{n}", settings=eight) for n in range(8)]
    assert [indexed_job(part)["spec"]["parallelism"] for part in balanced(specs)] == [2, 2, 2, 2]


def test_a_sweep_is_split_where_an_object_would_be_too_large() -> None:
    specs = planned(*((str(number) * 300_000,) for number in range(6)))
    parts = list(shards(specs))
    assert [one for part in parts for one in part] == specs
    assert [len(part) for part in parts] == [2, 2, 2]
    assert all(len(config_map(part)["data"]["sweep"].encode()) <= LARGEST for part in parts)


def test_jobs_of_different_settings_do_not_share_an_object() -> None:
    (one,) = planned(("a",))
    other = spec("b", settings=replace(SWEEP, retries=0))
    assert list(shards([one, other])) == [[one], [other]]


def test_arguments_that_fit_into_no_object_are_refused() -> None:
    (huge,) = planned(("x" * LARGEST,))
    with pytest.raises(UsageError, match="longer than"):
        check(huge)


def test_the_same_jobs_give_the_same_name_which_a_pod_can_be_named_after() -> None:
    specs = planned(*((str(number),) for number in range(3)))
    assert object_name(specs) == object_name(specs)
    assert object_name(specs) != object_name(specs[:2])
    long = [replace(one, name=JobName(one.name + "x" * 50)) for one in specs]
    assert len(f"{object_name(long)}-99999") <= 63


def test_the_names_of_the_jobs_are_found_in_the_config_map() -> None:
    specs = planned(("a\nCALIBAN_JOB=x;",), ("b",))
    assert names_in(config_map(specs)) == [one.name for one in specs]


def test_the_arguments_go_when_the_job_goes() -> None:
    job: dict[str, Any] = {"metadata": {"name": "tea", "uid": "1-2"}}
    (owner,) = owned_by(job)["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Job", "tea", "1-2")


def test_a_handle_says_which_index_of_which_job() -> None:
    assert place(handle("tea", 3)) == ("tea", 3)
    assert place("tea") == ("tea", None)


def test_a_line_is_one_line() -> None:
    assert line(planned(("a\nb",))[0]).count("\n") == 1
