from typing import Any

import pytest

from caliban_adapters.kubernetes.states import IndexedStates, indexes, outcome_of
from caliban_domain.jobs import JobStatus

from .pods import ENDED, STARTED, disrupted, ended, pod, waiting


def job(*conditions: tuple[str, str], suspend: bool = False, stopper: str = "") -> dict[str, Any]:
    told = [
        {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": ENDED}
        for kind, reason in conditions
    ]
    return {
        "metadata": {"name": "tea-1", "labels": {}, "annotations": {"caliban.stopped-by": stopper}},
        "spec": {"suspend": suspend},
        "status": {"startTime": STARTED, "conditions": told},
    }


@pytest.mark.parametrize("condition", ["Complete", "SuccessCriteriaMet"])
def test_a_job_whose_success_is_decided_has_succeeded(condition: str) -> None:
    outcome = outcome_of(job((condition, "CompletionsReached")), [], "tea-1")
    assert (outcome.status, outcome.exit_code) == (JobStatus.SUCCEEDED, 0)
    assert outcome.ended_at


@pytest.mark.parametrize("condition", ["Failed", "FailureTarget"])
def test_a_job_whose_failure_is_decided_has_failed(condition: str) -> None:
    outcome = outcome_of(job((condition, "BackoffLimitExceeded")), [ended(3)], "tea-1")
    assert (outcome.status, outcome.exit_code, outcome.reason) == (JobStatus.FAILED, 3, None)


def test_a_job_that_ran_out_of_memory_says_so() -> None:
    told = job(("Failed", "BackoffLimitExceeded"))
    outcome = outcome_of(told, [ended(137, "OOMKilled")], "tea-1")
    assert (outcome.exit_code, outcome.reason) == (137, "out of memory")


def test_a_job_that_ran_for_too_long_says_so() -> None:
    outcome = outcome_of(job(("Failed", "DeadlineExceeded")), [], "tea-1")
    assert outcome.reason == "it ran longer than it was allowed to"


def test_a_failed_job_without_pods_says_what_its_condition_says() -> None:
    outcome = outcome_of(job(("Failed", "BackoffLimitExceeded")), [], "tea-1")
    assert (outcome.exit_code, outcome.reason) == (None, "BackoffLimitExceeded")


def test_a_job_with_a_running_pod_runs() -> None:
    running = pod("Running", {"running": {"startedAt": STARTED}})
    outcome = outcome_of(job(), [running], "tea-1")
    assert outcome.status is JobStatus.RUNNING
    assert outcome.started_at


def test_a_job_of_which_no_pod_is_seen_any_more_runs_until_its_end_is_told() -> None:
    told = job()
    told["status"]["ready"] = 1
    assert outcome_of(told, [], "tea-1").status is JobStatus.RUNNING


def test_a_job_whose_node_does_not_answer_says_so() -> None:
    lost = pod("Running", {"running": {}}, conditions=[disrupted("DeletionByTaintManager")])
    outcome = outcome_of(job(), [lost], "tea-1")
    assert (outcome.status, outcome.reason) == (JobStatus.RUNNING, "its node stopped answering")


def test_a_job_whose_pod_waits_is_submitted_and_says_why() -> None:
    outcome = outcome_of(job(), [waiting("ImagePullBackOff", "not found")], "tea-1")
    assert outcome.status is JobStatus.SUBMITTED
    assert outcome.reason == "the image registry.example/tea:1 can't be pulled: not found"


def test_a_job_that_is_tried_again_says_after_what() -> None:
    outcome = outcome_of(job(), [ended(1, reason="OOMKilled")], "tea-1")
    assert outcome.status is JobStatus.SUBMITTED
    assert outcome.reason == "is tried again after 1 pod ended: out of memory"


def test_a_job_that_waits_in_a_queue_says_in_which() -> None:
    queued = job(suspend=True)
    queued["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] = "night"
    outcome = outcome_of(queued, [], "tea-1")
    assert (outcome.status, outcome.reason) == (JobStatus.SUBMITTED, "waits in the queue night")


def test_a_job_that_somebody_stopped_is_stopped_by_them() -> None:
    stopped = job(suspend=True, stopper="ada")
    outcome = outcome_of(stopped, [], "tea-1")
    assert (outcome.status, outcome.reason) == (JobStatus.STOPPED, "stopped by ada")


def test_a_job_that_ended_before_it_was_stopped_keeps_its_end() -> None:
    told = job(("Complete", "CompletionsReached"), stopper="ada")
    assert outcome_of(told, [], "tea-1").status is JobStatus.SUCCEEDED


def test_a_job_whose_pods_were_killed_to_stop_it_is_stopped() -> None:
    told = job(("Failed", "BackoffLimitExceeded"), stopper="ada")
    assert outcome_of(told, [ended(143)], "tea-1").status is JobStatus.STOPPED


def test_an_index_that_failed_by_itself_before_its_sweep_was_stopped_has_failed() -> None:
    sweep = job(suspend=True, stopper="ada")
    sweep["status"] |= {"failedIndexes": "0-1"}
    states = IndexedStates(sweep)
    assert states.outcome(0, [ended(5)], "tea#0").status is JobStatus.FAILED
    assert states.outcome(1, [ended(143)], "tea#1").status is JobStatus.STOPPED


@pytest.mark.parametrize(("written", "meant"), [("", set()), ("1", {1}), ("1,3-5", {1, 3, 4, 5})])
def test_numbers_are_read_as_kubernetes_writes_them(written: str, meant: set[int]) -> None:
    assert indexes(written) == meant


def test_each_index_has_a_state_of_its_own() -> None:
    sweep = job()
    sweep["status"] |= {"completedIndexes": "0,2-3", "failedIndexes": "1"}
    states = IndexedStates(sweep)
    running = pod("Running", {"running": {"startedAt": STARTED}})
    ends = [states.outcome(index, [], "tea#0").status for index in range(4)]
    succeeded, failed = JobStatus.SUCCEEDED, JobStatus.FAILED
    assert ends == [succeeded, failed, succeeded, succeeded]
    assert states.outcome(1, [ended(3)], "tea#1").exit_code == 3
    assert states.outcome(4, [running], "tea#4").status is JobStatus.RUNNING
    assert states.outcome(5, [], "tea#5").status is JobStatus.SUBMITTED
    assert (states.ended, states.has_ended(4)) == (4, False)


def test_an_index_that_never_ran_when_its_job_failed_has_failed() -> None:
    sweep = job(("Failed", "DeadlineExceeded"))
    outcome = IndexedStates(sweep).outcome(7, [], "tea#7")
    assert outcome.status is JobStatus.FAILED
    assert outcome.reason == "it ran longer than it was allowed to"
