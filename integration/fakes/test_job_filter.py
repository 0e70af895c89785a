"""Jobs are found by what Google documents, and by nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.job_filter import job_filter
from fakes.list_filter import BadFilter

KEYS = st.sampled_from(["job", "xgroup", "my-key", "größe"])
VALUES = st.sampled_from(["", "a", "sweep-1", "sweep-2"])


def shown(**fields: Any) -> dict[str, Any]:
    always = {
        "displayName": "sweep-1",
        "state": "JOB_STATE_RUNNING",
        "createTime": "2026-01-02T00:00:00.000000Z",
    }
    return {**always, **fields}


JOBS = st.lists(
    st.builds(lambda labels: shown(labels=labels), st.dictionaries(KEYS, VALUES)) | st.builds(shown)
)


@pytest.mark.property
@given(JOBS, KEYS, VALUES)
def test_a_label_is_found_by_its_value(jobs: list[dict[str, Any]], key: str, value: str) -> None:
    keep = job_filter(f'labels.{key}="{value}"')
    assert [job for job in jobs if keep(job)] == [
        job for job in jobs if job.get("labels", {}).get(key) == value
    ]


@pytest.mark.property
@given(JOBS, KEYS)
def test_a_label_is_found_by_being_there(jobs: list[dict[str, Any]], key: str) -> None:
    keep = job_filter(f"labels.{key}:*")
    assert [job for job in jobs if keep(job)] == [
        job for job in jobs if key in job.get("labels", {})
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('display_name="sweep-1"', True),
        ('display_name="sweep"', False),
        ('display_name!="sweep"', True),
        ('display_name:"sweep-*"', True),
        ('display_name:"*-2"', False),
        ("state=JOB_STATE_RUNNING", True),
        ('state!="JOB_STATE_RUNNING"', False),
        ('create_time>"2026-01-01T00:00:00Z"', True),
        ('create_time>="2026-01-02T01:00:00+01:00"', True),
        ('create_time<"2026-01-02T00:00:00Z"', False),
        ('NOT display_name="sweep-1" OR state="JOB_STATE_RUNNING"', True),
    ],
)
def test_a_job_is_found_by_name_state_and_time(text: str, *, found: bool) -> None:
    assert job_filter(text)(shown()) == found


@pytest.mark.parametrize(
    "text",
    [
        'displayName="sweep-1"',
        'name="1"',
        'display_name>"a"',
        'state="RUNNING"',
        "state:*",
        'create_time>"yesterday"',
        'create_time:"2026*"',
        'labels.k!="v"',
        "labels.k:v",
        'labels="v"',
        'update_time>"2026-01-01T00:00:00Z"',
    ],
)
def test_what_google_does_not_document_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        job_filter(text)
