"""Requests are held against the schemas that Google publishes."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.clients import JOB, TPU_JOB
from fakes.discovery import read_api

CUSTOM_JOB = "GoogleCloudAiplatformV1CustomJob"
SCHEMAS = read_api("aiplatform", "v1").schemas

Path = tuple[str | int, ...]


def objects(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where in a body there are objects with a schema of their own."""
    if isinstance(value, dict) and path != ("labels",):
        yield path
        for name, inside in value.items():
            yield from objects(inside, (*path, name))
    if isinstance(value, list):
        for index, inside in enumerate(value):
            yield from objects(inside, (*path, index))


def changed(path: Path, name: str, value: object) -> dict[str, Any]:
    """The example, with a field of the object at this path set."""
    body: Any = copy.deepcopy(JOB)
    inside = body
    for step in path:
        inside = inside[step]
    inside[name] = value
    return dict(body)


def complaints(body: object) -> list[str]:
    return SCHEMAS.complaints_about_request(CUSTOM_JOB, body)


@pytest.mark.parametrize("body", [JOB, TPU_JOB], ids=["gpu", "tpu"])
def test_jobs_as_google_documents_them_are_taken(body: dict[str, Any]) -> None:
    assert complaints(body) == []


@pytest.mark.property
@given(
    st.sampled_from(list(objects(JOB))),
    st.text().map(lambda text: f"not_{text}"),
    st.none() | st.booleans() | st.integers() | st.text(),
)
def test_an_unknown_field_is_refused_wherever_it_is(path: Path, name: str, value: object) -> None:
    [complaint] = complaints(changed(path, name, value))
    assert f'Unknown name "{name}"' in complaint


@pytest.mark.property
@given(
    st.sampled_from([path for path in objects(JOB) if path and isinstance(path[-1], str)]),
    st.sampled_from([None, 7, 0.5, True, "text", []]),
)
def test_nothing_else_is_taken_for_an_object(path: Path, value: object) -> None:
    assert complaints(changed(path[:-1], str(path[-1]), value)) != []


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ((), "displayName", 7),
        (("labels",), "job_name", 7),
        (("jobSpec",), "workerPoolSpecs", {}),
        (("jobSpec",), "enableWebAccess", "true"),
        (("jobSpec", "scheduling"), "timeout", "7 days"),
        (("jobSpec", "scheduling"), "timeout", 604800),
        (("jobSpec", "scheduling"), "strategy", "CHEAP"),
        (("jobSpec", "workerPoolSpecs", 0), "replicaCount", 1),
        (("jobSpec", "workerPoolSpecs", 0), "replicaCount", "one"),
        (("jobSpec", "workerPoolSpecs", 0), "replicaCount", str(2**63)),
        (("jobSpec", "workerPoolSpecs", 0, "machineSpec"), "acceleratorCount", "1"),
        (("jobSpec", "workerPoolSpecs", 0, "machineSpec"), "acceleratorCount", True),
        (("jobSpec", "workerPoolSpecs", 0, "machineSpec"), "acceleratorCount", 2**31),
        (("jobSpec", "workerPoolSpecs", 0, "machineSpec"), "acceleratorType", "NVIDIA_L5"),
        (("jobSpec", "workerPoolSpecs", 0, "containerSpec"), "args", [1]),
    ],
)
def test_a_wrong_value_is_refused_by_its_place(path: Path, name: str, value: object) -> None:
    [complaint] = complaints(changed(path, name, value))
    assert complaint.startswith("Invalid value at '")
    assert name in complaint


@pytest.mark.parametrize("name", ["name", "state", "createTime", "endTime", "error"])
def test_what_only_google_writes_is_refused(name: str) -> None:
    assert complaints({**JOB, name: "x"}) == [f"Field '{name}' is output only."]


@pytest.mark.parametrize("name", ["displayName", "jobSpec"])
def test_what_google_requires_is_missed(name: str) -> None:
    [complaint] = complaints({key: value for key, value in JOB.items() if key != name})
    assert name in complaint
    assert "Required" in complaint


def test_an_answer_may_hold_what_only_google_writes() -> None:
    answer = {**JOB, "state": "JOB_STATE_RUNNING", "createTime": "2026-01-01T00:00:00Z"}
    assert SCHEMAS.complaints_about_answer(CUSTOM_JOB, answer) == []
    assert SCHEMAS.complaints_about_answer(CUSTOM_JOB, {**answer, "createTime": "today"}) != []


@pytest.mark.parametrize(
    ("schema", "text", "fits"),
    [
        ({"type": "integer", "format": "int32"}, "100", True),
        ({"type": "integer", "format": "int32"}, "many", False),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "yes", False),
        ({"type": "string", "enum": ["json"]}, "json", True),
        ({"type": "string", "enum": ["json"]}, "xml", False),
    ],
)
def test_a_parameter_is_read_from_the_address(
    schema: dict[str, Any], text: str, *, fits: bool
) -> None:
    assert (SCHEMAS.complaints_about_parameter("it", schema, text) == []) == fits
