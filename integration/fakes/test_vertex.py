"""Custom jobs as Google's own library sees them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import job_states
from fakes.clients import JOB, PARENT, TPU_JOB, Library, job, names, pages
from fakes.discovery import read_api
from fakes.server import Google, serve
from fakes.vertex import PREFIX

PLAIN = {"machineType": "e2-standard-4"}
TPU = {"machineType": "cloud-tpu", "acceleratorType": "TPU_V2", "acceleratorCount": 32}


def of(
    machine: dict[str, Any], *, replicas: str = "1", env: Any = (), **spec: Any
) -> dict[str, Any]:
    """A job on such a machine."""
    container = {"imageUri": "us-docker.pkg.dev/p/caliban/app", "env": list(env)}
    pool = {"machineSpec": machine, "replicaCount": replicas, "containerSpec": container}
    return {"displayName": "sweep-3", "jobSpec": {"workerPoolSpecs": [pool], **spec}}


def test_jobs_on_any_kind_of_machine_are_taken(jobs: Any) -> None:
    for machine in (PLAIN, TPU, {"machineType": "ct6e-standard-8t", "tpuTopology": "2x4"}):
        assert jobs.create(parent=PARENT, body=of(machine)).execute()["name"]


def refusal(request: Any) -> tuple[int, str]:
    """The status and the message of a request that must be refused."""
    with pytest.raises(HttpError) as refused:
        request.execute()
    return refused.value.status_code, refused.value.reason


def state(methods: Any, name: str) -> str:
    shown: Mapping[str, str] = methods.get(name=name).execute()
    return shown["state"]


def test_a_created_job_is_shown_as_it_was_asked_for(jobs: Any) -> None:
    created = jobs.create(parent=PARENT, body=JOB).execute()

    assert JOB.items() <= created.items()
    assert created["state"] == "JOB_STATE_PENDING"
    assert jobs.get(name=created["name"]).execute() == created
    assert jobs.list(parent=PARENT).execute() == {"customJobs": [created]}


def test_every_answer_is_as_google_describes_it(google: Google, jobs: Any) -> None:
    api = read_api("aiplatform", "v1")

    def ask(verb: str, **question: Any) -> Any:
        answer = getattr(jobs, verb)(**question).execute()
        method = next(known for known in api.methods if known.id == f"{PREFIX}.{verb}")
        assert api.schemas.complaints_about_answer(str(method.response), answer) == []
        return answer

    name = ask("create", parent=PARENT, body=JOB)["name"]
    ask("list", parent=PARENT)
    ask("cancel", name=name)
    google.jobs.advance(name, job_states.FAILED)
    ask("get", name=name)
    ask("delete", name=name)
    ask("list", parent=PARENT)


def test_a_name_has_the_projects_number_and_is_found_by_its_id_too(jobs: Any) -> None:
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]

    kind, number, *rest = name.split("/")
    assert number.isdigit()
    assert jobs.get(name="/".join([kind, "p", *rest])).execute()["name"] == name
    assert jobs.list(parent=f"projects/{number}/locations/us-central1").execute() != {}
    assert jobs.list(parent="projects/p/locations/europe-west4").execute() == {}
    assert jobs.list(parent="projects/q/locations/us-central1").execute() == {}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (job(display="x"), 'Unknown name "display"'),
        (job(state="JOB_STATE_RUNNING"), "output only"),
        (job(displayName="x" * 129), "128"),
        (job(labels={f"k{number}": "" for number in range(65)}), "64 labels"),
        (job(labels={"1k": "v"}), "Label key"),
        (job(labels={"k": "V"}), "Label value"),
        (job(labels={"k": "v" * 64}), "Label value"),
        (job(displayName=""), "Required field is not set"),
        (job(jobSpec={"workerPoolSpecs": []}), "Required field is not set"),
        (job(jobSpec={"workerPoolSpecs": [{}]}), "containerSpec"),
        (of({"machineType": ""}), "machineType is required"),
        (of({"machineType": "n1-standard-8", "acceleratorCount": 1}), "go together"),
        (of({"machineType": "g2-standard-8"}), "comes with"),
        (of({"machineType": "ct6e-standard-4t"}), "needs a tpuTopology"),
        (of({"machineType": "cloud-tpu"}), "needs a TPU"),
        (of(TPU, scheduling={"strategy": "SPOT"}), "aren't supported with TPU Pods"),
        (of(TPU, replicas="2"), "one worker pool of one replica"),
        (of(PLAIN, replicas="0"), "replicaCount"),
        (of(PLAIN, network="projects/p/global/networks/n"), "project number"),
        (of(PLAIN, serviceAccount="me"), "email"),
        (of(PLAIN, scheduling={"timeout": "0s"}), "positive"),
        (of(PLAIN, env=[{"name": "A-B", "value": "x"}]), "environment variable"),
        (of(PLAIN, env=[{"name": "A", "value": ""}]), "Required field is not set"),
        (job(jobSpec={}), "workerPoolSpecs"),
    ],
)
def test_a_job_that_google_would_not_take_is_refused(
    google: Google, jobs: Any, body: dict[str, Any], complaint: str
) -> None:
    code, reason = refusal(jobs.create(parent=PARENT, body=body))
    assert code == 400
    assert complaint in reason
    assert google.jobs.all() == []


def test_pages_hold_every_job_once_whatever_is_made_meanwhile(google: Google, jobs: Any) -> None:
    for number in range(7):
        jobs.create(parent=PARENT, body=job(displayName=f"sweep-{number}")).execute()

    shown = []
    for page in pages(jobs, jobs.list(parent=PARENT, pageSize=3)):
        shown += [found["displayName"] for found in page["customJobs"]]
        jobs.create(parent=PARENT, body=job(displayName="late")).execute()

    assert shown == [f"sweep-{number}" for number in reversed(range(7))]
    assert google.count("customJobs.list") == 3


def test_a_page_is_never_larger_than_google_likes(google: Google, jobs: Any) -> None:
    google.jobs.page_limit = 2
    for _ in range(3):
        jobs.create(parent=PARENT, body=JOB).execute()
    assert len(jobs.list(parent=PARENT, pageSize=1000).execute()["customJobs"]) == 2


def test_a_page_token_belongs_to_its_question(jobs: Any) -> None:
    for _ in range(2):
        jobs.create(parent=PARENT, body=JOB).execute()
    token = jobs.list(parent=PARENT, pageSize=1).execute()["nextPageToken"]

    other = jobs.list(parent=PARENT, pageSize=1, pageToken=token, filter="labels.a:*")
    assert refusal(other)[0] == 400
    assert refusal(jobs.list(parent=PARENT, pageToken="nonsense"))[0] == 400


@pytest.mark.property
@settings(max_examples=25)
@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), st.sampled_from(["a", "b"]))
def test_a_list_by_label_shows_the_jobs_that_have_it(groups: list[str], wanted: str) -> None:
    with serve() as google, Library(google) as library:
        jobs = library.custom_jobs()
        for number, group in enumerate(groups):
            body = job(displayName=str(number), labels={"xgroup": group})
            jobs.create(parent=PARENT, body=body).execute()

        shown = names(jobs, filter=f'labels.xgroup="{wanted}"', pageSize=2)

    assert sorted(shown) == [str(number) for number, group in enumerate(groups) if group == wanted]


def test_a_filter_that_google_would_not_take_is_refused(jobs: Any) -> None:
    code, reason = refusal(jobs.list(parent=PARENT, filter="labels.a=b labels.c=d"))
    assert (code, "Invalid list filter" in reason) == (400, True)


def test_a_read_mask_leaves_what_it_names(jobs: Any) -> None:
    jobs.create(parent=PARENT, body=JOB).execute()
    shown = jobs.list(parent=PARENT, readMask="display_name,state").execute()["customJobs"]
    assert shown == [{"displayName": "sweep-1", "state": "JOB_STATE_PENDING"}]


def test_a_place_without_vertex_ai_is_refused(jobs: Any) -> None:
    code, reason = refusal(jobs.create(parent="projects/p/locations/moon", body=JOB))
    assert (code, "isn't in moon" in reason) == (400, True)


def test_a_read_mask_with_a_field_that_no_job_has_is_refused(jobs: Any) -> None:
    code, reason = refusal(jobs.list(parent=PARENT, readMask="displayName,color"))
    assert (code, "'color' isn't a field" in reason) == (400, True)


def test_only_the_test_moves_a_job_without_a_course(google: Google, jobs: Any) -> None:
    google.clock.stop()
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]
    assert {state(jobs, name) for _ in range(5)} == {"JOB_STATE_PENDING"}

    google.clock.tick(60)
    google.jobs.advance(name, job_states.RUNNING)
    google.clock.tick(60)
    google.jobs.advance(name, job_states.FAILED, error="out of memory")

    shown = jobs.get(name=name).execute()
    assert shown["error"]["message"] == "out of memory"
    assert shown["createTime"] < shown["startTime"] < shown["endTime"] == shown["updateTime"]
    with pytest.raises(ValueError, match="can't go"):
        google.jobs.advance(name, job_states.RUNNING)


def test_a_job_with_a_course_goes_on_each_time_it_has_been_seen_often_enough(
    google: Google,
    jobs: Any,
) -> None:
    google.jobs.first_state = job_states.QUEUED
    google.jobs.course = (job_states.PENDING, job_states.RUNNING, job_states.SUCCEEDED)
    google.jobs.patience = 2
    name = jobs.create(parent=PARENT, body=TPU_JOB).execute()["name"]

    seen = [jobs.list(parent=PARENT).execute()["customJobs"][0]["state"] for _ in range(3)]
    seen += [state(jobs, name) for _ in range(6)]

    expected = ["QUEUED"] * 2 + ["PENDING"] * 2 + ["RUNNING"] * 2 + ["SUCCEEDED"] * 3
    assert seen == [f"JOB_STATE_{word}" for word in expected]


def test_a_cancelled_job_ends_only_after_a_while(jobs: Any) -> None:
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]

    assert jobs.cancel(name=name, body={}).execute() == {}
    assert jobs.cancel(name=name).execute() == {}

    assert state(jobs, name) == "JOB_STATE_CANCELLING"
    shown = jobs.get(name=name).execute()
    assert (shown["state"], shown["error"]["code"]) == ("JOB_STATE_CANCELLED", 1)
    assert refusal(jobs.cancel(name=name))[0] == 400


def test_a_job_can_succeed_in_spite_of_being_cancelled(google: Google, jobs: Any) -> None:
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]
    jobs.cancel(name=name).execute()
    google.jobs.advance(name, job_states.SUCCEEDED)
    assert state(jobs, name) == "JOB_STATE_SUCCEEDED"


def test_a_job_is_deleted_once_it_has_ended(google: Google, jobs: Any) -> None:
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]
    assert refusal(jobs.delete(name=name))[0] == 400

    google.jobs.advance(name, job_states.CANCELLED)

    assert jobs.delete(name=name).execute()["done"]
    assert refusal(jobs.get(name=name))[0] == 404
    assert google.jobs.all() == []


def test_a_job_is_listed_only_some_requests_later(google: Google, jobs: Any) -> None:
    google.jobs.listing_lag = 2
    name = jobs.create(parent=PARENT, body=JOB).execute()["name"]

    assert jobs.list(parent=PARENT).execute() == {}
    assert jobs.get(name=name).execute()["name"] == name
    assert names(jobs) == ["sweep-1"]


def test_a_region_takes_sixty_submissions_a_minute(google: Google, jobs: Any) -> None:
    google.clock.stop()
    for _ in range(60):
        jobs.create(parent=PARENT, body=JOB).execute()

    code, reason = refusal(jobs.create(parent=PARENT, body=JOB))
    assert (code, "per minute" in reason) == (429, True)
    jobs.create(parent="projects/p/locations/europe-west4", body=JOB).execute()
    google.clock.tick(timedelta(minutes=1).total_seconds())
    jobs.create(parent=PARENT, body=JOB).execute()

    assert len(google.jobs.all()) == 62
    assert google.count("customJobs.create") == 63
    assert [asked.number for asked in google.asked if asked.code == 429] == [61]
