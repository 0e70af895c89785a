"""Vertex AI as a platform, against the service that stands in for it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.vertex.platform import VertexAi
from caliban_domain.errors import PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Platform
from fakes import job_states, misbehaviour
from fakes.misbehaviour import Asked, Fault
from fakes.server import Google
from port_contracts.platform import PlatformContract

from .conftest import Scene, planned, submitted


class TestVertexAi(PlatformContract):
    """Each job does what it was planned to do, as soon as the service has it."""

    @pytest.fixture
    def platform(self, scene: Scene) -> Platform:
        self.google = scene.google
        return scene.open()

    def planned(
        self, platform: Platform, *, exit_code: int = 0, output: bytes = b"", lasts: bool = False
    ) -> Job:
        job = planned(platform)

        def play() -> None:
            shown = next(s for s in self.google.jobs.all() if s["displayName"] == job.name)
            if output:
                self.google.logs.write(shown["name"], output.decode().removesuffix("\n"))
            self.google.jobs.advance(shown["name"], job_states.RUNNING)
            if not lasts:
                end = job_states.FAILED if exit_code else job_states.SUCCEEDED
                error = f"The replica exited with a non-zero status of {exit_code}."
                self.google.jobs.advance(shown["name"], end, error=error if exit_code else "")

        def is_its_creation(asked: Asked) -> bool:
            return asked.method == "customJobs.create" and asked.body["displayName"] == job.name

        self.google.faults.when(is_its_creation, Fault(effect=True, meanwhile=play))
        return job


def _is_in_europe(asked: Asked) -> bool:
    return any("europe-west4" in part for part in asked.path.values())


def names(google: Google) -> list[str]:
    return sorted(job["displayName"] for job in google.jobs.all())


def test_a_job_that_is_gone_is_lost(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    gone = replace(job, outcome=replace(job.outcome, handle=f"{job.outcome.handle}0"))
    missing = replace(gone, spec=replace(gone.spec, name=JobName("forest-999-0123abcd-1")))
    assert platform.observe([missing])[missing.name].status is JobStatus.LOST


def test_a_new_job_that_no_list_shows_yet_is_not_lost(scene: Scene) -> None:
    scene.google.jobs.listing_lag = 10**6
    platform = scene.open()
    job = submitted(platform)
    assert platform.observe([job])[job.name].status is JobStatus.SUBMITTED


def test_what_a_job_waits_for_is_told(scene: Scene) -> None:
    scene.google.jobs.first_state = job_states.QUEUED
    platform = scene.open()
    queued = submitted(platform)
    assert (
        platform.observe([queued])[queued.name].reason
        == "no quota or no machine is free for it now"
    )


def test_a_thousand_jobs_are_observed_page_by_page(scene: Scene) -> None:
    scene.google.jobs.submissions.per_minute = None
    platform = scene.open(per_minute=None)
    with ThreadPoolExecutor(16) as threads:
        jobs = list(threads.map(lambda _: submitted(platform), range(1000)))
    assert len(platform.observe(jobs)) == 1000
    assert scene.google.count("customJobs.list") == 10
    assert scene.google.count("customJobs.get") == 0


def test_jobs_of_many_groups_and_regions_are_observed_together(scene: Scene) -> None:
    platform = scene.open()
    jobs = []
    for number in range(20):
        job = submitted(platform)
        of = replace(job.experiment, group=GroupName(f"group {number} äöü日本"))
        jobs.append(replace(job, experiment=of))
    there = planned(platform)
    payload = {**there.spec.payload, "region": "europe-west4"}
    there = replace(there, spec=replace(there.spec, payload=payload))
    there = replace(there, outcome=platform.submit(there.spec))
    outcomes = platform.observe([*jobs, there])
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.SUBMITTED}
    assert len(outcomes) == 21


def test_a_region_that_does_not_answer_keeps_no_other_from_being_asked(scene: Scene) -> None:
    said: list[str] = []
    platform = scene.open(say=said.append)
    here = submitted(platform)
    payload = {**here.spec.payload, "region": "europe-west4"}
    away = replace(here, spec=replace(here.spec, payload=payload, name=JobName("a-1-0123abcd-1")))
    scene.google.faults.when(_is_in_europe, misbehaviour.UNAVAILABLE, times=None)
    assert platform.stop([away, here]).keys() == {here.name}
    assert sum("its jobs may be further on than shown" in line for line in said) == 1
    with pytest.raises(PlatformUnavailable):
        platform.observe([away])


def test_many_jobs_are_stopped_together_by_whoever_stops_them(scene: Scene) -> None:
    platform = scene.open()
    jobs = [submitted(platform) for _ in range(30)]
    outcomes = platform.stop(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.STOPPED}
    assert {outcome.reason for outcome in outcomes.values()} == {"stopped by totoro"}


def test_a_job_that_takes_its_time_to_stop_is_said_to_be_stopping(scene: Scene) -> None:
    scene.google.jobs.patience = 100
    platform = scene.open()
    job = submitted(platform)
    outcome = platform.stop([job])[job.name]
    assert (outcome.status, outcome.reason) == (JobStatus.RUNNING, "is being stopped")


@pytest.mark.parametrize("fault", misbehaviour.LASTING)
def test_a_submission_that_no_other_try_changes_is_rejected(scene: Scene, fault: Fault) -> None:
    scene.google.faults.on("customJobs.create", fault)
    platform = scene.open()
    with pytest.raises(SubmissionRejected) as rejected:
        submitted(platform)
    assert rejected.value.hint
    assert scene.google.jobs.all() == []


@pytest.mark.parametrize("fault", [*misbehaviour.LASTING, misbehaviour.UNAVAILABLE])
def test_a_service_that_does_not_say_how_jobs_are_is_unavailable(
    scene: Scene, fault: Fault
) -> None:
    platform = scene.open()
    job = submitted(platform)
    scene.google.faults.on("customJobs.list", fault, times=None)
    with pytest.raises(PlatformUnavailable):
        platform.observe([job])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (misbehaviour.API_NOT_ENABLED, "not enabled in project my-project"),
        (misbehaviour.PERMISSION_DENIED, "you lack the permission"),
        (misbehaviour.EXPIRED_TOKEN, "login"),
    ],
)
def test_what_keeps_every_job_from_being_submitted_is_known_before(
    scene: Scene, fault: Fault, words: str
) -> None:
    platform = scene.open()
    scene.google.faults.on("customJobs.list", fault)
    with pytest.raises(PlatformError, match=words):
        platform.check()
    platform.check()


def test_a_service_out_of_order_is_tried_again_before_it_is_given_up(scene: Scene) -> None:
    platform = scene.open()
    scene.google.faults.on("customJobs.list", misbehaviour.UNAVAILABLE, times=None)
    with pytest.raises(PlatformUnavailable):
        platform.check()
    assert scene.google.count("customJobs.list") == 5
    assert scene.clock.now() < 20


def test_who_only_looks_plans_nothing(google: Google) -> None:
    with Apis(google.environment, None) as apis, pytest.raises(ValueError, match="plans no jobs"):
        planned(VertexAi(apis))


def test_a_payload_can_be_kept_as_json(scene: Scene) -> None:
    platform = scene.open()
    spec = planned(platform, "--rate", "0.1").spec
    again = replace(spec, payload=json.loads(json.dumps(spec.payload)))
    assert platform.submit(again).status is JobStatus.SUBMITTED
    assert names(scene.google) == [spec.name]


def test_submissions_wait_for_their_minute(scene: Scene) -> None:
    platform = scene.open(per_minute=60)
    for _ in range(150):
        submitted(platform)
    assert 120 <= scene.clock.now() <= 1.02 * 120
    assert scene.google.count("customJobs.create") == 150  # none was refused


def test_each_region_has_minutes_of_its_own(scene: Scene) -> None:
    platform = scene.open(per_minute=10)
    for region in ("us-central1", "europe-west4"):
        for _ in range(10):
            job = planned(platform)
            payload = {**job.spec.payload, "region": region}
            platform.submit(replace(job.spec, payload=payload))
    assert scene.clock.now() < 60
