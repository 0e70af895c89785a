from dataclasses import replace

import pytest

from caliban_adapters.kubernetes.manifest import Destination
from caliban_adapters.kubernetes.platform import Kubernetes
from caliban_domain.errors import PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobStatus, Outcome
from caliban_domain.names import JobName
from kubernetes_jobs import SETTINGS, as_told, job, spec
from kubernetes_stub import ENDED, Stub

SWEEP = replace(SETTINGS, indexed=True)


def sweep(count: int) -> list[Job]:
    """Planned jobs of an indexed sweep."""
    specs = [spec(str(n), name=f"tea-{n}", settings=SWEEP) for n in range(count)]
    return [job(one, number=number) for number, one in enumerate(specs, 1)]


def submitted(platform: Kubernetes, jobs: list[Job]) -> list[Job]:
    """The jobs once they are submitted as they are batched."""
    outcomes: dict[JobName, Outcome] = {}
    for batch in platform.batches(jobs):
        outcomes |= platform.submit_together([one.spec for one in batch])
    return [as_told(one, outcomes[one.name]) for one in jobs]


def test_a_job_becomes_a_job_of_its_namespace(platform: Kubernetes, stub: Stub) -> None:
    outcome = platform.submit(spec("--a"))
    assert outcome.status is JobStatus.SUBMITTED
    assert stub.job("tea-1")["metadata"]["namespace"] == "research"


def test_a_job_submitted_twice_is_one_job(platform: Kubernetes, stub: Stub) -> None:
    platform.submit(spec())
    stub.end("tea-1")
    assert platform.submit(spec()).status is JobStatus.SUCCEEDED


def test_a_job_of_somebody_else_by_the_same_name_is_not_taken_for_ours(
    platform: Kubernetes, stub: Stub
) -> None:
    platform.submit(spec())
    stub.job("tea-1")["metadata"]["labels"] = {}
    with pytest.raises(SubmissionRejected, match="isn't Caliban's"):
        platform.submit(spec())


def test_a_request_whose_answer_is_lost_is_sent_again(platform: Kubernetes, stub: Stub) -> None:
    lost = [(500, {"message": "etcd is away"}), (429, {"message": "slow down"})]
    stub.answers.append(lambda asked: lost.pop() if lost and "POST" in asked else None)
    assert platform.submit(spec()).status is JobStatus.SUBMITTED


def test_a_cluster_that_stays_silent_is_unavailable(platform: Kubernetes, stub: Stub) -> None:
    stub.answers.append(lambda _: (503, {"message": "down"}))
    with pytest.raises(PlatformUnavailable, match="down"):
        platform.submit(spec())


def test_a_job_that_the_cluster_refuses_is_rejected(platform: Kubernetes, stub: Stub) -> None:
    stub.answers.append(lambda _: (422, {"message": "spec.template: Invalid value"}))
    with pytest.raises(SubmissionRejected, match="Invalid value"):
        platform.submit(spec())


def test_an_expired_login_leaves_everything_as_it_is(platform: Kubernetes, stub: Stub) -> None:
    stub.answers.append(lambda _: (401, {"message": "Unauthorized"}))
    with pytest.raises(PlatformUnavailable, match="expired"):
        platform.observe([job(spec(), JobStatus.RUNNING)])


def test_a_cluster_that_does_not_answer_keeps_no_other_from_being_asked(
    platform: Kubernetes, stub: Stub
) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    elsewhere = Destination("moon", "research")
    away = job(spec(name="tea-2", settings=replace(SETTINGS, destination=elsewhere)))
    stub.end("tea-1")
    assert platform.observe([away, one]) == platform.observe([one])
    with pytest.raises(PlatformUnavailable, match="moon"):
        platform.observe([away])


def test_checking_creates_nothing(platform: Kubernetes, stub: Stub) -> None:
    platform.check(spec())
    assert not stub.objects


def test_a_queue_that_there_is_not_is_told_before_anything_is_made(
    platform: Kubernetes, stub: Stub
) -> None:
    with pytest.raises(SubmissionRejected, match="no Kueue"):
        platform.check(spec(settings=replace(SETTINGS, queue="night")))
    assert not stub.objects


def test_a_job_is_observed_from_its_submission_to_its_end(platform: Kubernetes, stub: Stub) -> None:
    one = job(spec())
    assert platform.observe([one])[one.name].status is JobStatus.PLANNED
    one = as_told(one, platform.submit(one.spec))
    assert platform.observe([one])[one.name].status is JobStatus.SUBMITTED
    stub.run("tea-1")
    assert platform.observe([one])[one.name].status is JobStatus.RUNNING
    stub.end("tea-1", exit_code=3)
    outcome = platform.observe([one])[one.name]
    assert (outcome.status, outcome.exit_code) == (JobStatus.FAILED, 3)


def test_pods_that_are_gone_make_no_success_a_loss(platform: Kubernetes, stub: Stub) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.end("tea-1")
    stub.objects = {key: thing for key, thing in stub.objects.items() if key[0] == "jobs"}
    assert platform.observe([one])[one.name].status is JobStatus.SUCCEEDED


def test_a_job_whose_time_was_over_is_known_from_its_events(
    platform: Kubernetes, stub: Stub
) -> None:
    one = job(spec(), JobStatus.RUNNING)
    about = {"kind": "Job", "name": "tea-1"}
    stub.objects["events", "e"] = {
        "metadata": {"name": "e"},
        "reason": "Completed",
        "involvedObject": about,
    }
    assert platform.observe([one])[one.name].status is JobStatus.SUCCEEDED


def test_a_job_deleted_behind_our_back_is_lost(platform: Kubernetes, stub: Stub) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.objects.clear()
    outcome = platform.observe([one])[one.name]
    assert outcome.status is JobStatus.LOST
    assert outcome.reason == "its Job is gone from namespace research, and its end with it"


def test_a_job_whose_pods_may_not_be_made_says_why(platform: Kubernetes, stub: Stub) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.job("tea-1")["status"] = {"startTime": "2026-11-23T03:00:00Z"}
    about = {"kind": "Job", "name": "tea-1"}
    told = {"reason": "FailedCreate", "message": "exceeded quota: small"}
    stub.objects["events", "e"] = {"metadata": {"name": "e"}, "involvedObject": about, **told}
    outcome = platform.observe([one])[one.name]
    assert (outcome.status, outcome.reason) == (JobStatus.SUBMITTED, "exceeded quota: small")


def test_a_job_that_waits_in_a_queue_says_what_its_kueue_says(
    platform: Kubernetes, stub: Stub
) -> None:
    one = job(spec(settings=replace(SETTINGS, queue="night")))
    one = as_told(one, platform.submit(one.spec))
    assert platform.observe([one])[one.name].reason == "waits in the queue night"
    about = {"kind": "Workload", "name": "job-tea-1-3f0a1"}
    told = {"reason": "Pending", "message": "insufficient unused quota for cpu, 1 more needed"}
    stub.objects["events", "e"] = {"metadata": {"name": "e"}, "involvedObject": about, **told}
    assert platform.observe([one])[one.name].reason == (
        "waits in the queue night: insufficient unused quota for cpu, 1 more needed"
    )


def test_a_pod_that_somebody_deleted_was_not_preempted(platform: Kubernetes, stub: Stub) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.run("tea-1")
    stub.job("tea-1")["spec"]["completions"] = 1
    stub.job("tea-1")["status"] = {"startTime": ENDED, "active": 1}
    about = {"kind": "Job", "name": "tea-1"}
    made = {"reason": "SuccessfulCreate", "count": 2, "involvedObject": about}
    stub.objects["events", "e"] = {"metadata": {"name": "e"}, **made}
    assert platform.observe([one])[one.name].reason == "was preempted, or lost its node, once"
    stub.job("tea-1")["status"]["failed"] = 1
    assert platform.observe([one])[one.name].reason is None


def test_many_jobs_are_observed_with_one_list_of_each_kind(
    platform: Kubernetes, stub: Stub
) -> None:
    jobs = [job(spec(name=f"tea-{n}")) for n in range(300)]
    jobs = submitted(platform, jobs)
    stub.asked.clear()
    outcomes = platform.observe(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.SUBMITTED}
    assert stub.asked == [
        "GET /apis/batch/v1/namespaces/research/jobs",
        "GET /api/v1/namespaces/research/pods",
    ]


def test_a_stopped_job_is_stopped_by_whoever_did_it_and_then_deleted(
    platform: Kubernetes, stub: Stub
) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    outcome = platform.stop([one])[one.name]
    assert (outcome.status, outcome.reason) == (JobStatus.STOPPED, "stopped by ada")
    assert stub.job("tea-1")["spec"]["suspend"] is True
    platform.release([one])
    platform.release([one])
    assert not stub.objects


def test_stopping_a_job_that_has_ended_does_not_change_its_end(
    platform: Kubernetes, stub: Stub
) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.end("tea-1")
    assert platform.stop([one])[one.name].status is JobStatus.SUCCEEDED
    platform.release([one])
    assert ("jobs", "tea-1") in stub.objects


def test_the_log_of_a_job_is_read_while_it_runs_and_after(platform: Kubernetes, stub: Stub) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.run("tea-1", log=b"first\n")
    assert b"".join(platform.logs(one, follow=False)) == b"first\n"
    stub.objects = {key: thing for key, thing in stub.objects.items() if key[0] == "jobs"}
    stub.end("tea-1", log=b"first\nlast")
    assert b"".join(platform.logs(one, follow=True)) == b"first\nlast"


def test_a_log_that_is_gone_is_said_to_be(platform: Kubernetes) -> None:
    with pytest.raises(PlatformUnavailable, match="gone"):
        list(platform.logs(job(spec(), JobStatus.SUCCEEDED), follow=False))


def test_a_sweep_is_submitted_in_two_objects(platform: Kubernetes, stub: Stub) -> None:
    submitted(platform, sweep(1000))
    assert sorted(kind for kind, _ in stub.objects) == ["configmaps", "jobs"]
    assert len(stub.asked) == 3


def test_each_index_of_a_sweep_is_a_job_of_its_own(platform: Kubernetes, stub: Stub) -> None:
    jobs = submitted(platform, sweep(4))
    ((_, name),) = [key for key in stub.objects if key[0] == "jobs"]
    stub.job(name)["status"] = {"completedIndexes": "0", "failedIndexes": "1"}
    ended = {"terminated": {"exitCode": 9, "reason": "Error", "finishedAt": "x"}}
    stub.add_pod(name, "Failed", ended, index=1, log=b"oh")
    stub.add_pod(name, "Running", {"running": {}}, index=2)
    stub.asked.clear()
    outcomes = platform.observe(jobs)
    assert [outcomes[one.name].status for one in jobs] == [
        JobStatus.SUCCEEDED,
        JobStatus.FAILED,
        JobStatus.RUNNING,
        JobStatus.SUBMITTED,
    ]
    assert outcomes[jobs[1].name].exit_code == 9
    assert len(stub.asked) == 2
    assert b"".join(platform.logs(jobs[1], follow=False)) == b"oh"


def test_a_sweep_whose_submission_nobody_heard_the_end_of_is_found(platform: Kubernetes) -> None:
    jobs = sweep(3)
    submitted(platform, jobs)
    outcomes = platform.observe(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.SUBMITTED}
    assert all(outcome.handle for outcome in outcomes.values())


def test_of_two_tries_to_submit_a_sweep_the_one_that_has_a_job_counts(
    platform: Kubernetes, stub: Stub
) -> None:
    jobs = sweep(4)
    submitted(platform, jobs[:3])
    ((_, first),) = [key for key in stub.objects if key[0] == "configmaps"]
    arguments = stub.objects["configmaps", first]
    arguments["metadata"]["name"] = "zz"  # listed last
    stub.objects = {("configmaps", "zz"): arguments}
    submitted(platform, jobs)
    outcomes = platform.observe(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.SUBMITTED}


def test_a_sweep_whose_time_was_over_has_succeeded_if_all_of_it_has(
    platform: Kubernetes, stub: Stub
) -> None:
    jobs = submitted(platform, sweep(3))
    ((_, name),) = [key for key in stub.objects if key[0] == "jobs"]
    about = {"kind": "Job", "name": name}
    event = {"metadata": {"name": "e"}, "reason": "Completed", "involvedObject": about}
    stub.objects = {("events", "e"): event}
    outcomes = platform.observe(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.SUCCEEDED}
    event["reason"] = "FailedIndexes"
    outcomes = platform.observe(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.LOST}


def test_an_indexed_job_that_a_person_wrote_runs_with_any_of_its_pods(
    platform: Kubernetes, stub: Stub
) -> None:
    one = job(spec())
    one = as_told(one, platform.submit(one.spec))
    stub.job("tea-1")["spec"] |= {"completionMode": "Indexed", "completions": 3}
    stub.add_pod("tea-1", "Running", {"running": {}}, index=2)
    assert platform.observe([one])[one.name].status is JobStatus.RUNNING


def test_a_sweep_of_which_only_the_arguments_arrived_stays_planned(
    platform: Kubernetes, stub: Stub
) -> None:
    jobs = sweep(3)
    submitted(platform, jobs)
    stub.objects = {key: thing for key, thing in stub.objects.items() if key[0] != "jobs"}
    outcomes = platform.observe(jobs)
    assert {outcome.status for outcome in outcomes.values()} == {JobStatus.PLANNED}


def test_one_experiment_of_a_sweep_can_be_submitted_alone(platform: Kubernetes, stub: Stub) -> None:
    (one,) = submitted(platform, sweep(1))
    assert one.outcome.handle == "tea-0"
    assert "completionMode" not in stub.job("tea-0")["spec"]


def test_a_whole_sweep_is_stopped(platform: Kubernetes, stub: Stub) -> None:
    jobs = submitted(platform, sweep(3))
    ((_, name),) = [key for key in stub.objects if key[0] == "jobs"]
    stub.job(name)["status"] = {"completedIndexes": "0"}
    outcomes = platform.stop(jobs)
    assert [outcomes[one.name].status for one in jobs] == [
        JobStatus.SUCCEEDED,
        JobStatus.STOPPED,
        JobStatus.STOPPED,
    ]
    platform.release(jobs)
    assert stub.job(name)["spec"]["suspend"] is True


def test_a_part_of_a_sweep_goes_on_when_only_it_is_to_be_stopped(
    platform: Kubernetes, stub: Stub, said: list[str]
) -> None:
    jobs = submitted(platform, sweep(3))
    assert platform.stop(jobs[:1]) == {}
    assert said == [
        "caliban: a sweep in one object can only be stopped with all of its jobs that go on"
    ]
    ((_, name),) = [key for key in stub.objects if key[0] == "jobs"]
    assert "suspend" not in stub.job(name)["spec"]
