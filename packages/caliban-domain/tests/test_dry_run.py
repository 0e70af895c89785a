"""What a dry run is wired to: it touches nothing, and otherwise keeps what the ports promise."""

import pytest

from caliban_domain.dry_run import NOT_BUILT, MemoryHistory, NoImages, NoSubmit
from caliban_domain.images import ImageRef
from caliban_domain.jobs import Job, JobSpec, PlatformName
from caliban_domain.ports import History, Platform
from port_contracts.history import PLANNED, SPEC, HistoryContract, enroll_one, seeded
from port_contracts.history_resume import ResumeContract


class TestMemoryHistory(HistoryContract, ResumeContract):
    @pytest.fixture
    def history(self) -> History:
        return MemoryHistory()


@pytest.fixture(params=list(PlatformName))
def platform(request: pytest.FixtureRequest) -> Platform:
    return NoSubmit(request.param)


@pytest.fixture
def job() -> Job:
    return enroll_one(MemoryHistory())


def test_no_image_is_built_and_any_is_taken_to_exist() -> None:
    images = NoImages()
    assert images.build(SPEC) == NOT_BUILT
    assert images.find("python:3.12-slim") == ImageRef("python:3.12-slim")


def test_a_job_is_planned_for_the_platform_that_was_meant(platform: Platform, job: Job) -> None:
    assert platform.name in PlatformName
    planned = platform.plan(seeded(1), NOT_BUILT, name=job.name)
    assert planned == JobSpec(name=job.name, image=NOT_BUILT, payload={})


def test_no_job_is_started_stopped_or_forgotten(platform: Platform, job: Job) -> None:
    assert platform.submit(job.spec) == PLANNED
    assert platform.observe([job]) == {job.name: PLANNED}
    assert platform.stop([job]) == {job.name: PLANNED}
    assert list(platform.logs(job, follow=True)) == []
    platform.release([job])
    assert platform.observe([job]) == {job.name: PLANNED}
