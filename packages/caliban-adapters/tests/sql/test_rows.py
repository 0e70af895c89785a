"""Laws of rows: what a value becomes turns into the same value, whatever it holds."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.sql.launch_rows import launch_row
from caliban_adapters.sql.rows import (
    alike,
    experiment_of,
    experiment_row,
    job_of,
    job_row,
    jobs_of,
    outcome_of,
    outcome_row,
    spec_key,
    spec_of,
    spec_row,
)
from caliban_domain.images import ImageRef, ImageSpec
from caliban_domain.jobs import EnrolledExperiment, Job, JobSpec, JobStatus, Outcome, PlatformName
from caliban_domain.names import JobName, experiment_key
from caliban_domain.testing.sweeps import words
from property.strategies import group_names, image_specs, provenances

pytestmark = pytest.mark.property

numbers = st.integers(1, 2**31 - 1)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(timezones=zones).filter(
    lambda time: datetime(1, 1, 3, tzinfo=UTC) < time < datetime(9999, 12, 29, tzinfo=UTC)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=3),
    max_leaves=6,
)
outcomes = st.builds(
    Outcome,
    status=st.sampled_from(JobStatus),
    exit_code=st.none() | st.integers(-128, 255),
    started_at=st.none() | times,
    ended_at=st.none() | times,
    handle=st.none() | words,
    reason=st.none() | words,
)
experiments = st.builds(
    EnrolledExperiment,
    number=numbers,
    group=group_names,
    spec_number=numbers,
    spec=st.none() | image_specs,
    script=words,
    argv=st.lists(words, max_size=5).map(tuple),
)
jobs = st.builds(
    Job,
    number=numbers,
    spec=st.builds(
        JobSpec,
        name=words.map(JobName),
        image=words.map(ImageRef),
        payload=st.dictionaries(words, values, max_size=3),
    ),
    experiment=experiments,
    platform=st.sampled_from(PlatformName),
    user=words,
    host=words,
    created_at=times,
    outcome=outcomes,
    provenance=st.none() | provenances,
)


@given(st.none() | image_specs)
def test_a_spec_survives_its_row(spec: ImageSpec | None) -> None:
    assert spec_of(spec_row(spec)) == spec


@given(st.none() | image_specs, st.none() | image_specs)
def test_specs_have_one_key_exactly_when_they_are_equal(
    one: ImageSpec | None, other: ImageSpec | None
) -> None:
    assert (spec_key(one) == spec_key(other)) == (one == other)


@given(experiments, numbers)
def test_an_experiment_survives_its_row(experiment: EnrolledExperiment, group_id: int) -> None:
    key = experiment_key(experiment.script, experiment.argv)
    row = experiment_row(experiment, group_id=group_id, key=key)
    assert json.loads(row["argv"]) == list(experiment.argv)
    assert row["argv"].isascii()
    assert experiment == experiment_of(
        row, number=row["id"], group=experiment.group, spec=experiment.spec
    )


@given(outcomes)
def test_an_outcome_survives_its_row(outcome: Outcome) -> None:
    found = outcome_of(outcome_row(outcome))
    assert found == outcome
    assert found.ended_at is None or found.ended_at.tzinfo is UTC


@given(jobs)
def test_a_job_survives_its_row(job: Job) -> None:
    found = job_of(job_row(job, 1), job.experiment, job.provenance)
    assert found == job
    assert found.created_at.tzinfo is UTC


@given(jobs, jobs)
def test_a_row_like_another_is_the_row_of_its_own_job(one: Job, other: Job) -> None:
    sibling = replace(one, number=other.number, spec=other.spec, experiment=other.experiment)
    sibling = replace(sibling, spec=replace(other.spec, image=one.spec.image))
    assert alike(job_row(one, 1), sibling) == job_row(sibling, 1)


@given(st.lists(jobs, max_size=4))
def test_whole_jobs_survive_their_rows(several: list[Job]) -> None:
    distinct = {job.experiment.number: job for job in several}.values()
    specs = {job.experiment.spec_number: job.experiment.spec for job in distinct}
    consistent = [
        job for job in distinct if specs[job.experiment.spec_number] == job.experiment.spec
    ]
    rows = [
        {
            **experiment_row(job.experiment, group_id=1, key=experiment_key("", ())),
            **spec_row(job.experiment.spec),
            **job_row(job, number),
            **(launch_row(job.provenance) if job.provenance else {"version": None}),
            "group_name": job.experiment.group,
        }
        for number, job in enumerate(consistent)
    ]
    assert jobs_of(rows) == consistent
