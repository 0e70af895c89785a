"""The requests to custom jobs, where the platform's tests don't show them."""

from collections.abc import Iterator

import pytest

from caliban_adapters.gcp.apis import Apis
from caliban_adapters.gcp.failures import NotThere, Refused
from caliban_adapters.vertex.custom_job import Place
from caliban_adapters.vertex.patience import Backoff
from caliban_adapters.vertex.service import CustomJobs
from fakes import misbehaviour
from fakes.clients import JOB
from fakes.server import Google

from .clocks import FastClock


@pytest.fixture
def service(google: Google) -> Iterator[CustomJobs]:
    with Apis(google.environment, None) as apis:
        yield CustomJobs(apis, Place("p", "us-central1"), Backoff(clock=FastClock()))


def test_a_job_is_created_listed_shown_and_cancelled(service: CustomJobs) -> None:
    name = service.create(JOB)["name"]
    assert [job["name"] for job in service.listed('labels.gpu_type="l4"')] == [name]
    assert list(service.listed('labels.gpu_type="t4"')) == []
    service.cancel(name)
    assert service.shown(name)["state"] == "JOB_STATE_CANCELLING"


def test_a_list_of_many_pages_is_read_to_its_end(service: CustomJobs, google: Google) -> None:
    google.jobs.submissions.per_minute = None
    google.jobs.page_limit = 3
    for _ in range(10):
        service.create(JOB)
    assert len(list(service.listed('labels.gpu_type="l4"'))) == 10
    assert google.count("customJobs.list") == 4


def test_what_is_asked_is_asked_again_and_what_is_made_is_not(
    service: CustomJobs, google: Google
) -> None:
    google.faults.on("customJobs.list", misbehaviour.HALF_AN_ANSWER, times=2)
    service.check()
    assert google.count("customJobs.list") == 3


def test_a_job_that_is_gone_is_not_there(service: CustomJobs) -> None:
    with pytest.raises(NotThere):
        service.shown("projects/p/locations/us-central1/customJobs/7")


def test_whether_we_may_ask_is_known_by_asking(service: CustomJobs, google: Google) -> None:
    google.faults.on("customJobs.list", misbehaviour.API_NOT_ENABLED)
    with pytest.raises(Refused):
        service.check()
