"""One job for each name, whatever happens."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from caliban_domain.errors import PlatformUnavailable
from caliban_domain.experiments import Experiment
from caliban_domain.jobs import JobStatus
from fakes import job_states, misbehaviour
from fakes.misbehaviour import Fault

from .clocks import FastClock
from .conftest import Scene, planned, submitted

FAULTS = [
    fault for fault in misbehaviour.TRANSIENT if fault is not misbehaviour.EXPIRED_TOKEN
]  # which ends without a login


@pytest.mark.parametrize("lag", [0, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_becomes_of_a_request_there_is_one_job(
    scene: Scene, fault: Fault, lag: int
) -> None:
    scene.google.jobs.listing_lag = lag
    scene.google.faults.on("customJobs.create", fault)
    assert submitted(scene.open()).status is JobStatus.SUBMITTED
    assert len(scene.google.jobs.all()) == 1


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=5), lag=st.integers(0, 3))
@example(faults=[*[misbehaviour.RATE_LIMIT] * 4, misbehaviour.INTERNAL_ERROR_AFTER_EFFECT], lag=3)
def test_any_sequence_of_faults_leaves_one_job(scene: Scene, faults: list[Fault], lag: int) -> None:
    before = len(scene.google.jobs.all())
    scene.google.jobs.submissions.per_minute = None
    scene.google.jobs.listing_lag = lag
    for fault in faults:
        scene.google.faults.on("customJobs.create", fault)
    submitted(scene.open())
    scene.google.faults.end()
    assert len(scene.google.jobs.all()) == before + 1


def test_a_job_that_an_earlier_process_submitted_is_found(scene: Scene) -> None:
    job = planned(scene.open())
    scene.open().submit(job.spec)
    scene.google.jobs.listing_lag = 3
    assert scene.open().submit(job.spec).status is JobStatus.SUBMITTED
    assert len(scene.google.jobs.all()) == 1


def test_a_job_that_an_earlier_process_only_planned_is_submitted(scene: Scene) -> None:
    job = planned(scene.open())
    platform = scene.open()
    platform.submit(job.spec)
    platform.submit(planned(scene.open()).spec)
    assert len(scene.google.jobs.all()) == 2
    assert scene.clock.now() < 20  # both waited for lists at the same time


def test_a_new_job_is_not_looked_for(scene: Scene) -> None:
    submitted(scene.open())
    assert scene.google.count("customJobs.list") == 0
    assert scene.clock.now() == 0


def test_whoever_waits_for_what_may_be_there_is_told_once(scene: Scene) -> None:
    said: list[str] = []
    platform = scene.open(say=said.append)
    for _ in range(2):
        platform.submit(planned(scene.open()).spec)
    assert said == ["looking for jobs that may have been submitted before: 15 s"]


def test_whoever_waits_for_a_service_that_is_out_of_order_is_told_once(scene: Scene) -> None:
    said: list[str] = []
    platform = scene.open(say=said.append)
    scene.google.faults.on("customJobs.list", misbehaviour.UNAVAILABLE, times=3)
    platform.check()
    assert said == ["Google answered 503: The service is currently unavailable; trying again"]


def test_a_service_that_is_out_of_order_for_long_is_unavailable(scene: Scene) -> None:
    scene.google.faults.on("customJobs.create", misbehaviour.UNAVAILABLE, times=None)
    with pytest.raises(PlatformUnavailable):
        submitted(scene.open())
    assert scene.google.jobs.all() == []


def test_who_is_in_a_hurry_does_not_submit_what_is_still_waiting(scene: Scene) -> None:
    platform = scene.open(per_minute=1)
    submitted(platform)
    platform.hurry()
    job = submitted(platform)
    assert (job.status, job.outcome.reason) == (JobStatus.STOPPED, "interrupted before submission")
    assert len(scene.google.jobs.all()) == 1


def test_who_is_in_a_hurry_leaves_open_what_nobody_knows(scene: Scene) -> None:
    platform = scene.open()
    scene.google.faults.on(
        "customJobs.create",
        Fault(effect=True, heard=0, meanwhile=platform.hurry),
    )
    scene.google.jobs.listing_lag = 10
    with pytest.raises(PlatformUnavailable):
        submitted(platform)


def test_a_job_that_may_exist_is_not_rejected_because_looking_for_it_is_refused(
    scene: Scene,
) -> None:
    scene.google.faults.on("customJobs.create", misbehaviour.DROP_AFTER_EFFECT)
    scene.google.faults.on("customJobs.list", misbehaviour.PERMISSION_DENIED)
    platform = scene.open()
    with pytest.raises(PlatformUnavailable, match="permission"):
        submitted(platform)


def test_a_job_that_another_command_submits_while_this_one_waits_is_found(scene: Scene) -> None:
    other = scene.open(clock=FastClock())

    def be_quicker(_: float) -> None:
        other.submit(job.spec)

    platform = scene.open(clock=FastClock(be_quicker), per_minute=1)
    submitted(platform)
    job = planned(platform)
    assert platform.submit(job.spec).status is JobStatus.SUBMITTED
    names = [shown["displayName"] for shown in scene.google.jobs.all()]
    assert names.count(job.name) == 1


def test_of_two_jobs_of_one_name_the_second_is_ended(scene: Scene) -> None:
    first, second = scene.open(), scene.open()
    job = planned(first)
    # As if both had planned it at the same time.
    second.plan(Experiment(), job.spec.image, name=job.name)
    handle = first.submit(job.spec).handle
    assert second.submit(job.spec).handle != handle

    assert scene.open().observe([job])[job.name].handle == handle

    states = {shown["name"]: shown["state"] for shown in scene.google.jobs.all()}
    assert states.pop(str(handle)) == job_states.PENDING
    assert list(states.values()) == [job_states.CANCELLING]
